import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createBars } from '../../src/progress/bars.ts';
import type { RunView } from '../../src/progress/progress.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { recordedEvents } from '../support/recorded.ts';
import { createRunView } from '../support/run-view.ts';
import { createTerminal } from '../support/terminal.ts';

const STYLE = { unicode: true, color: false };

describe('bars on a terminal', () => {
  const [started] = recordedEvents();
  const begin: JobEvent | undefined = started;
  /** Long enough for a picture or two. */
  const pictures = () => delay(220);

  const barsOn = ({ stream }: ReturnType<typeof createTerminal>, run: RunView) =>
    createBars({ stream, run, elapsed: () => 0, env: process.env, style: STYLE });

  async function start(run: RunView, columns = 80, rows = 24) {
    const terminal = createTerminal(columns, rows);
    const bars = barsOn(terminal, run);
    if (begin) void bars.onEvent(begin);
    await pictures();
    return { terminal, bars };
  }

  it('appear, and leave nothing behind when they stop', async () => {
    const { terminal, bars } = await start(createRunView(3));
    expect(await terminal.screen()).toHaveLength(4);
    bars.stop();
    expect(await terminal.screen()).toEqual([]);
    expect(terminal.scrolled()).toBe(0);
  });

  it('appear also when there was nothing to show at first', async () => {
    const run = createRunView(2);
    let isThere = false;
    const snapshots = () => (isThere ? run.snapshots() : []);
    const { terminal, bars } = await start({ ...run, snapshots });
    isThere = true;
    await pictures();
    expect(await terminal.screen()).toHaveLength(3);
    bars.stop();
  });

  it('restore the cursor and line wrapping when they stop', async () => {
    const { terminal, bars } = await start(createRunView(3));
    expect(terminal.written()).toContain('\u001b[?25l');
    bars.stop();
    const end = terminal.written();
    expect(end.lastIndexOf('\u001b[?25h')).toBeGreaterThan(end.lastIndexOf('\u001b[?25l'));
    expect(end.lastIndexOf('\u001b[?7h')).toBeGreaterThan(end.lastIndexOf('\u001b[?7l'));
  });

  it('restore the cursor also when the process just exits', async () => {
    const { terminal, bars } = await start(createRunView(3));
    const listener = process.listeners('exit').at(-1);
    listener?.call(process, 1);
    expect(terminal.written()).toMatch(/\u001b\[\?7h\u001b\[\?25h$/);
    bars.stop();
    expect(process.listeners('exit')).not.toContain(listener);
  });

  it('draw each picture in one write, at most ten a second', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const terminal = createTerminal(80, 24);
    const writes = vi.spyOn(terminal.stream, 'write');
    const run = createRunView(10);
    const bars = barsOn(terminal, run);
    if (begin) void bars.onEvent(begin);
    vi.advanceTimersByTime(2000);
    expect(writes.mock.calls.length).toBeLessThanOrEqual(21);
    expect(writes.mock.calls.length).toBeGreaterThan(10);
    bars.stop();
    vi.useRealTimers();
  });

  it('scroll nothing, also when there are more slots than rows', async () => {
    const { terminal, bars } = await start(createRunView(50), 80, 10);
    await pictures();
    await terminal.screen();
    expect(terminal.scrolled()).toBe(0);
    bars.stop();
  });

  it('fold a note that is wider than the window, and have rows to spare for it', async () => {
    const { terminal, bars } = await start(createRunView(50), 60, 12);
    bars.note('work: what it says may be longer than a line, and is read all the same');
    const screen = await terminal.screen();
    expect(screen.slice(0, 2)).toEqual([
      'work: what it says may be longer than a line, and is read',
      '  all the same',
    ]);
    expect(screen[2]).toMatch(/^spring-audit /);
    expect(terminal.scrolled()).toBe(0);
    bars.stop();
  });

  it('put a note above themselves', async () => {
    const { terminal, bars } = await start(createRunView(2));
    bars.note('stopping: \u001b[2J what has finished is kept');
    await pictures();
    const screen = await terminal.screen();
    expect(screen[0]).toBe('stopping: [2J what has finished is kept');
    expect(screen).toHaveLength(4);
    bars.stop();
    expect(await terminal.screen()).toEqual(['stopping: [2J what has finished is kept']);
  });

  it.each([
    [40, 24],
    [120, 24],
    [80, 6],
    [30, 8],
  ])('leave no garbage when the window becomes %d×%d', async (columns, rows) => {
    const { terminal, bars } = await start(createRunView(5));
    await terminal.screen();
    terminal.resize(columns, rows);
    await pictures();
    const screen = await terminal.screen();
    expect(screen).toHaveLength(Math.min(6, rows - 1));
    expect(screen.filter((line) => line.includes('S0001'))).toHaveLength(1);
    bars.stop();
    expect(await terminal.screen()).toEqual([]);
  });

  it('become fewer as slots fall free', async () => {
    const run = createRunView(5);
    const activities: RunView['activities'][number][] = [...run.activities];
    const { terminal, bars } = await start({ ...run, activities });
    activities.fill(null, 1);
    await pictures();
    expect(await terminal.screen()).toHaveLength(2);
    bars.stop();
  });
});
