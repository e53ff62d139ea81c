import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { stateOf, submit, v1 } from '../support/served-jobs.ts';
import { gate } from '../support/server.ts';
import { ask, type RunningService, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

/** To a file of more bytes the process can't write any more: as on a full disk every write fails. */
function limitFiles({ child }: RunningService, most: '0' | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${most}:unlimited`]);
}

const readiness = async ({ url }: RunningService) => {
  const { status, json } = await ask(`${url}/readyz`);
  return [status, json.status];
};

// A limit of another process can only be set on Linux.
describe.runIf(process.platform === 'linux')('a server on a full disk', () => {
  it('goes on with what it has accepted when there is room again', async () => {
    const service = await serve();
    const { url } = service;
    // What hangs is tried again soon.
    const query = '?stall_timeout_ms=1000&retry_delay_ms=1';
    expect((await submit(url, kept.hangingManifest('stopped'), query)).status).toBe(201);
    await expect.poll(() => kept.requested()).toContain('/gate');
    expect(await readiness(service)).toEqual([200, 'ok']);

    limitFiles(service, '0');
    gate.isOpen = true;
    await expect
      .poll(() => readiness(service))
      .toEqual([503, expect.stringMatching(/unwritable$/)]);
    expect((await submit(url, { stores: [] })).status).toBe(507);
    expect(await stateOf(url, 'stopped')).toBe('queued');
    const metrics = (await ask(`${url}/metrics`)).text;
    expect(Number(/^imgjob_write_failures_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);

    limitFiles(service, 'unlimited');
    await expect.poll(() => stateOf(url, 'stopped'), { timeout: 15_000 }).toBe('completed');
    expect(await readiness(service)).toEqual([200, 'ok']);
    expect(kept.requested().filter((path) => path === '/png/3x3')).toHaveLength(1);
  });

  it('leaves a job in the queue that it can’t cancel', async () => {
    const service = await serve(['--max-jobs', '1']);
    const { url } = service;
    await submit(url, kept.hangingManifest('runs'));
    await submit(url, kept.hangingManifest('waits'));
    const cancel = () => ask(v1(url, '/waits/cancel'), { method: 'POST' });
    limitFiles(service, '0');
    expect((await cancel()).status).toBe(507);
    expect(await stateOf(url, 'waits')).toBe('queued');
    limitFiles(service, 'unlimited');
    expect((await cancel()).json.state).toBe('cancelled');
    await expect.poll(() => readiness(service)).toEqual([200, 'ok']);
  });
});
