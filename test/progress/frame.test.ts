import { describe, expect, it } from 'vitest';
import { composeFrame } from '../../src/progress/frame.ts';
import type { FrameOptions, RunView } from '../../src/progress/progress.ts';
import { textWidth } from '../../src/terminal/columns.ts';
import { NOT_FOUND } from '../support/effects.ts';
import { finished } from '../support/recorded.ts';
import { createRunView, viewOf } from '../support/run-view.ts';

const STYLE = { unicode: true, color: false };

function frame(run: RunView, overrides: Partial<FrameOptions> = {}): string[] {
  const screen = { columns: 100, rows: 24 };
  return composeFrame(run, { screen, style: STYLE, now: 0, ...overrides });
}

/** A run whose job has done so many images at 118 a second, with so many stores failed. */
function doneRun(slots: number, done: number, failed: number): RunView {
  const { reducer, activities } = createRunView(slots);
  let now = 0;
  const view = viewOf(reducer, { activities, elapsed: () => now });
  for (let image = 0; image < done; image += 1) reducer.apply(finished(0, image));
  for (let store = 1; store <= failed; store += 1) {
    const t = '2026-03-01T09:30:00.000Z';
    const ids = { t, job_id: 'spring-audit', store };
    reducer.apply({ ...ids, type: 'store_started', store_id: `S${store}` });
    reducer.apply(finished(store, 0, NOT_FOUND));
    reducer.apply({ ...ids, type: 'store_finished', status: 'failed', error: null });
  }
  const [snapshot] = view.snapshots();
  now = ((snapshot?.done ?? 0) * 1000) / 118;
  return view;
}

describe('a picture of a run', () => {
  it('has a line for the job over a line for each running slot', () => {
    expect(frame(doneRun(2, 1204, 2))).toEqual([
      'spring-audit ━━━━━━━━━━━━━━━━━━━╸────────── 1,206/2,000 images  111/s  eta 7s  2 failed  78 skipped',
      '  S0001      ━━━━━╸────────────── 11/40  gpu',
      '  S0002      ━━━━━╸────────────── 11/40  gpu',
    ]);
  });

  it('says what a slot is doing', () => {
    const line = (overrides: object, now = 0) => frame(createRunView(1, overrides), { now })[1];
    expect(line({ phase: 'download', bytes: 2_100_000 })).toMatch(/ {2}download 2\.1 MB$/);
    expect(line({ phase: 'download' })).toMatch(/ {2}download$/);
    expect(line({ phase: 'download' }, 41_000)).toMatch(/ {2}waits 41 s for img\.example$/);
    expect(line({ phase: 'download', host: null }, 125_000)).toMatch(/ {2}waits 2 min 05 s$/);
    expect(line({ phase: 'work' }, 41_000)).toMatch(/ {2}gpu$/);
    expect(line({ phase: 'retry', since: 4000 }, 1000)).toMatch(/ {2}retries in 3s$/);
    expect(line({ phase: 'retry', since: 4000 }, 9000)).toMatch(/ {2}retries in 0s$/);
  });

  it('says what the work is called, where a module does it', () => {
    const lines = (phase: 'work' | 'queue', work: string | null) => {
      const run = createRunView(1, { phase });
      const snapshots = () => run.snapshots().map((job) => ({ ...job, work }));
      return frame({ ...run, snapshots })[1];
    };
    expect(lines('work', 'resnet')).toMatch(/ {2}resnet$/);
    expect(lines('queue', 'resnet')).toMatch(/ {2}waits for resnet$/);
    expect(lines('queue', null)).toMatch(/ {2}waits for the gpu$/);
  });

  it('gives names the free room, and takes it from the bars', () => {
    const store_id = 'a-long-name-of-a-store-in-paris-0001';
    const line = (columns: number) =>
      frame(createRunView(1, { store_id }), { screen: { columns, rows: 24 } })[1];
    expect([120, 80, 60, 40].map(line)).toEqual([
      `  ${store_id} ━━━━━╸────────────── 11/40  gpu`,
      `  ${store_id} ━━━━╸─────────── 11/40  gpu`,
      '  a-long-name-…-paris-0001 ━━╸───── 11/40  gpu',
      '  a-long…s-0001 11/40  gpu',
    ]);
  });

  it('has the lines of several jobs below one another', () => {
    const [one, other] = [doneRun(0, 1204, 2), doneRun(0, 200, 0)];
    const snapshots = () => [
      ...one.snapshots(),
      ...other.snapshots().map((job) => ({ ...job, job_id: 'autumn' })),
    ];
    expect(frame({ activities: [], snapshots })).toEqual([
      'spring-audit ━━━━━━━━━━━━━━━━━━╸────────── 1,206/2,000 images  111/s   eta 7s  2 failed  78 skipped',
      'autumn       ━━╸──────────────────────────   200/2,000 images  118/s  eta 16s',
    ]);
  });

  it('never has more lines than the screen, and counts the stores it has no room for', () => {
    for (const rows of [1, 2, 3, 5, 24]) {
      const lines = frame(createRunView(50), { screen: { columns: 100, rows } });
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    }
    const lines = frame(createRunView(50), { screen: { columns: 100, rows: 6 } });
    expect(lines).toHaveLength(5);
    expect(lines.at(-1)).toBe('  … and 47 more stores');
  });

  it('is never as wide as the screen, whatever the ids are', () => {
    const hostile = { store_id: `\u001b[2J\n${'店'.repeat(100)}`, phase: 'download' } as const;
    for (let columns = 1; columns < 130; columns += 1) {
      const lines = frame(createRunView(3, hostile), { screen: { columns, rows: 24 } });
      for (const line of lines) {
        expect(textWidth(line)).toBeLessThan(Math.max(columns, 2));
        expect(line).not.toMatch(/[\u0000-\u001f]/);
      }
    }
  });

  it('gives up its bar first, and last when the job ends', () => {
    const run = doneRun(1, 1204, 2);
    const line = (columns: number) => frame(run, { screen: { columns, rows: 24 } })[0];
    const said = [90, 80, 70, 60, 40, 30, 20, 10, 7].map(line);
    expect(said).toEqual([
      'spring-audit ━━━━━━━━━━━━╸─────── 1,206/2,000 images  111/s  eta 7s  2 failed  78 skipped',
      'spring-audit ━━━━━━╸─── 1,206/2,000 images  111/s  eta 7s  2 failed  78 skipped',
      'spring-audit 1,206/2,000 images  111/s  eta 7s  2 failed  78 skipped',
      'spring-audit 1,206/2,000  eta 7s  2 failed  78 skipped',
      'spri…udit 1,206/2,000  eta 7s  2 failed',
      '1,206/2,000  eta 7s  2 failed',
      '1,206/2,000  eta 7s',
      'eta 7s',
      'eta 7s',
    ]);
  });

  it('is ASCII where the terminal is not UTF-8', () => {
    const lines = frame(createRunView(50), {
      style: { unicode: false, color: false },
      screen: { columns: 80, rows: 10 },
    });
    expect(lines.join('\n')).toMatch(/^[ -~\n]+$/);
  });
});
