import { describe, expect, it } from 'vitest';
import { parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
let names = 0;

/** Runs one store of one image; answers its result, the events, and the rest. */
async function runImage(path: string, args: string[] = []) {
  names += 1;
  const url = runs.at(`${path}${path.includes('?') ? '&' : '?'}of=${names}`);
  const manifest = { job_id: 'flaky', stores: [{ store_id: 'S1', images: [url] }] };
  const file = runs.workspace.write('m.json', manifest);
  const ran = await runs.run(['--retry-delay', '1ms', '--progress', 'json', ...args, file]);
  const [store] = parseResults(ran.stdout).stores;
  const events = ran.stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const retries = events.filter(({ type }) => type === 'image_retrying');
  return { ...ran, image: store?.images[0], retries };
}

describe('a download that fails and then does not', () => {
  it.each(['/flaky/2?status=503', '/flaky/2?status=429', '/flaky/2?status=408', '/flaky/3'])(
    'is tried again: %s',
    async (path) => {
      const { code, image } = await runImage(path);
      expect(code).toBe(0);
      expect(image).toMatchObject({ status: 'completed', width: 4, error: null });
      expect(image?.attempts).toBeGreaterThan(1);
    },
  );

  it('shows each retry as an event with what went wrong', async () => {
    const { retries } = await runImage('/flaky/2?status=503');
    expect(retries).toHaveLength(2);
    expect(retries[0]).toMatchObject({
      ...{ type: 'image_retrying', store: 0, image: 0, attempt: 1, code: 'http-status' },
      ...{ http_status: 503, host: runs.server.host },
    });
  });

  it('waits as long as Retry-After says', async () => {
    const { image, retries } = await runImage('/flaky/1?status=503&after=1');
    expect([1000, 1001]).toContain(retries[0].wait_ms);
    expect(image?.duration_ms).toBeGreaterThanOrEqual(1000);
    // The wait is no time of the last attempt.
    expect(image?.download_ms).toBeLessThanOrEqual(Number(image?.duration_ms) - 999);
  });

  it('but no longer than --retry-max-delay', async () => {
    const path = '/flaky/1?status=503&after=3600';
    const { code, retries } = await runImage(path, ['--retry-max-delay', '50ms']);
    expect(code).toBe(0);
    expect([50, 51]).toContain(retries[0].wait_ms);
  });
});

describe('a download that goes on failing', () => {
  it('fails after --retries more attempts', async () => {
    const { code, image } = await runImage('/flaky/9?status=502', ['--retries', '3']);
    expect(code).toBe(1);
    expect(image).toMatchObject({ status: 'failed', attempts: 4, error: { http_status: 502 } });
  });

  it('fails at once with --retries 0', async () => {
    const { image, retries } = await runImage('/flaky/9?status=502', ['--retries', '0']);
    expect(image?.attempts).toBe(1);
    expect(retries).toEqual([]);
  });

  it.each(['/status/404', '/status/403', '/html', '/empty'])(
    'fails at once where trying again is of no use: %s',
    async (path) => {
      expect((await runImage(path)).image?.attempts).toBe(1);
    },
  );
});

describe('a server that says nothing', () => {
  it.each(['/stall', '/stall-body'])('is given up after --stall-timeout: %s', async (path) => {
    const { image } = await runImage(path, ['--stall-timeout', '100ms', '--retries', '0']);
    expect(image?.error).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('no data for 0.1 s'),
    });
    expect(image?.download_ms).toBeLessThan(1500);
  });
});
