import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { afterRunning, endTiming, runningTime, startTiming } from '../src/running-time.ts';
import { setUpRuns } from './support/runs.ts';
import { whenAsked } from './support/stopped.ts';

/** Holds this thread up, as a stop of the process does. */
function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('running time', () => {
  it('is monotonic time while nothing happens', async () => {
    startTiming();
    const [running, begun] = [runningTime(), performance.now()];
    await delay(700);
    expect(runningTime() - running).toBeLessThanOrEqual(performance.now() - begun + 1);
    expect(runningTime() - running).toBeGreaterThan(300);
    endTiming();
  });

  it('stands still while the process does', async () => {
    startTiming();
    await delay(50);
    const before = runningTime();
    holdUp(2000);
    expect(runningTime() - before).toBeLessThan(300);
    endTiming();
  });

  it('gives a limit what was missed, once', async () => {
    const begun = performance.now();
    const limit = new Promise<number>((resolve) => {
      afterRunning(600, () => resolve(performance.now() - begun));
    });
    await delay(100);
    holdUp(1500);
    const lasted = await limit;
    expect(lasted).toBeGreaterThan(1900);
  });

  it('calls nobody back who has taken that back', async () => {
    let called = 0;
    const forget = afterRunning(20, () => {
      called += 1;
    });
    forget();
    await delay(60);
    expect(called).toBe(0);
  });
});

const runs = setUpRuns();

describe('a process that was stopped for longer than its limits', () => {
  const manifest = (...images: string[]) =>
    runs.workspace.write('m.json', { stores: [{ store_id: 'S', images: images.map(runs.at) }] });
  const stopped = (args: string[], ms: number) =>
    runs.run(['--retries', '0', '-o', 'out.json', ...args], {
      onStart: whenAsked(runs.server, (child) => {
        child.kill('SIGSTOP');
        setTimeout(() => child.kill('SIGCONT'), ms);
      }),
    });

  it.each([
    ['--stall-timeout', '2s'],
    ['--timeout', '2s'],
  ])('takes the answer that has come meanwhile (%s)', async (option, limit) => {
    const { code, stderr } = await stopped([option, limit, manifest('/png/4x3?ms=1000')], 4000);
    expect([code, stderr]).toEqual([0, expect.stringContaining('completed')]);
  });

  it('gives work the time that it missed', async () => {
    const work = runs.workspace.write(
      'work.mjs',
      'export default () => new Promise((resolve) => setTimeout(resolve, 1500, 1));',
    );
    const args = ['--work', work, '--work-timeout', '3s', manifest('/png/4x3')];
    const { code, stderr } = await stopped(args, 5000);
    expect([code, stderr]).toEqual([0, expect.stringContaining('completed')]);
  });

  it('still ends what goes on for too long', async () => {
    const { code, stderr } = await stopped(['--timeout', '1s', manifest('/stall')], 2000);
    expect([code, stderr]).toEqual([1, expect.stringContaining('timeout')]);
  });
});
