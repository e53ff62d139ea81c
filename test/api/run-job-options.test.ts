import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest, runJob } from '../../src/index.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const manifestOf = (...paths: string[]) =>
  readManifest({
    stores: [{ store_id: 'S1', images: paths.map((path) => server.address + path) }],
  });

/** What `runJob` throws, whatever it is given. */
async function refusalOf(options: unknown): Promise<unknown> {
  const manifest = await manifestOf();
  try {
    Reflect.apply(runJob, null, [manifest, options]);
  } catch (error) {
    return error;
  }
  return null;
}

describe('an option of runJob that can’t be', () => {
  it.each([
    [{ concurrency: 1e9 }, 'concurrency: expected a whole number from 1 to 10000'],
    [{ concurrency: Number.NaN }, 'concurrency: expected a whole number from 1 to 10000'],
    [{ max_bytes: 2 ** 53 }, 'max_bytes: expected a whole number from 1 to 9007199254740991'],
    [{ rate: Infinity }, 'rate: expected requests a second, from 1/86400 to 1000000'],
    [{ user_agent: 'a\r\nb' }, 'user_agent: expected plain ASCII text'],
    [{ cacert: 'a\0b' }, 'cacert: expected the path of a file'],
    [
      { deny_hosts: [' localhost'] },
      'deny_hosts[0]: expected a host like cdn.example or *.cdn.example',
    ],
    [{ concurency: 3 }, 'concurency: there is no such option'],
    [{ work: 'work.mjs' }, 'work: expected a function, or { batch, run }'],
    [{ work: { run() {} } }, 'work: expected a function, or { batch, run }'],
    [{ work: { batch: { size: 2 }, run: 1 } }, 'work.run: expected a function'],
    [{ work: { batch: 32, run() {} } }, 'work.batch: expected { size, wait_ms }'],
    [
      { work: { batch: { size: 0 }, run() {} } },
      'work.batch.size: expected a whole number from 1 to 10000',
    ],
    [
      { work: { batch: { size: 2, wait_ms: -1 }, run() {} } },
      'work.batch.wait_ms: expected a whole number from 0 to 2147483647',
    ],
    [{ work_batch: 32 }, 'work_batch: set it in the work: { batch, run }'],
    [{ log: console }, 'log: expected a function'],
    [{ signal: {} }, 'signal: expected an AbortSignal'],
    [null, 'expected an object of options'],
    ['concurrency', 'expected an object of options'],
    [{ headers: { host: 'x' } }, "headers: host can't be sent"],
    [{ headers: { 'Proxy-Authorization': 'x' } }, "headers: Proxy-Authorization can't be sent"],
    [{ headers: { 'x-a': 'b\r\nhost: c' } }, 'headers: x-a: expected ASCII text on one line'],
    [{ headers: { 'x-a': 'ä' } }, 'headers: x-a: expected ASCII text on one line'],
    [{ headers: { 'x-a': 5 } }, 'headers: x-a: expected ASCII text on one line'],
    [{ headers: { 'x-a': undefined } }, 'headers: x-a: expected ASCII text on one line'],
    [{ headers: { 'x: y': 'z' } }, 'headers: expected names of tokens (RFC 9110, 5.6.2)'],
    [{ headers: null }, 'headers: expected an object of names and values'],
    [{ headers: ['x: y'] }, 'headers: expected an object of names and values'],
    [{ headers: new Headers({ x: 'y' }) }, 'headers: expected an object of names and values'],
    [{ headers: new Map([['x', 'y']]) }, 'headers: expected an object of names and values'],
    [
      {
        headers: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, ''])),
      },
      'headers: expected at most 100 headers',
    ],
  ])('is refused: %j', async (options, message) => {
    const refusal = { name: 'ImgjobError', code: 'usage', message: `runJob: ${message}` };
    expect(await refusalOf(options)).toMatchObject(refusal);
  });

  it('does not tell the value of a header, which may be secret', async () => {
    const refusal = await refusalOf({ headers: { authorization: 'Bearer s3cret\n' } });
    expect(String(refusal)).toContain('authorization');
    expect(String(refusal)).not.toContain('s3cret');
  });
});

describe('a host that runJob is told to deny', () => {
  it.each(['127.1', '127.0.0.1.', '2130706433', '0x7F.1'])(
    'is not asked, however it is spelled: %s',
    async (host) => {
      const asked = server.requests.length;
      const job = runJob(await manifestOf('/png/1x1'), { deny_hosts: [host], sleep_ms: 0 });
      const { stores } = await job.results;
      expect(stores[0]?.images[0]?.error?.code).toBe('blocked-address');
      expect(server.requests).toHaveLength(asked);
    },
  );
});

describe('what runJob is given', () => {
  it('may be as much as its bounds allow', async () => {
    const options = { concurrency: 10_000, retries: 100, max_redirects: 100, max_per_host: 10_000 };
    const most = { ...options, rate: 1_000_000, max_bytes: Number.MAX_SAFE_INTEGER, sleep_ms: 0 };
    const { status } = await runJob(await manifestOf('/png/1x1'), most).results;
    expect(status).toBe('completed');
  });

  it('is as it was when the job began, whatever becomes of it', async () => {
    const deny_hosts = ['127.0.0.1'];
    const job = runJob(await manifestOf('/png/1x1'), { deny_hosts, sleep_ms: 0 });
    deny_hosts.length = 0;
    expect((await job.results).stores[0]?.images[0]?.error?.code).toBe('blocked-address');
  });

  it('sends headers without the blanks around their values', async () => {
    const headers = { 'x-a': ' b c\t', 'X-Empty': '' };
    await runJob(await manifestOf('/png/1x1'), { headers, sleep_ms: 0 }).results;
    expect(server.requests.at(-1)?.headers).toMatchObject({ 'x-a': 'b c', 'x-empty': '' });
  });
});
