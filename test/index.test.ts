import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JobEvent, readManifest, runJob, type Work } from '../src/index.ts';
import { resultsSchema } from '../src/results/results-schema.ts';
import { startServer, type TestServer } from './support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const at = (path: string) => server.address + path;
const manifestOf = (...stores: string[][]) =>
  readManifest({
    job_id: 'api',
    stores: stores.map((images, index) => ({ store_id: `S${index + 1}`, images: images.map(at) })),
  });

/** Work that takes a moment, and on how many images at once it was done at most. */
function countedWork(): { work: Work; most(): number } {
  let [running, most] = [0, 0];
  const work: Work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 300));
    running -= 1;
  };
  return { work, most: () => most };
}

describe('a job of the API', () => {
  it('tells its events as they happen, and has the results document at the end', async () => {
    const job = runJob(await manifestOf(['/png/8x6'], ['/status/404', '/png/1x1']), {
      sleep_ms: 0,
    });
    const types: string[] = [];
    for await (const event of job) types.push(event.type);
    const results = resultsSchema.parse(await job.results);
    expect(results).toMatchObject({ job_id: 'api', status: 'failed' });
    expect(results.errors).toMatchObject([{ store_id: 'S2' }]);
    expect(results.stores.map(({ images }) => images.map(({ status }) => status))).toEqual([
      ['completed'],
      ['failed', 'skipped'],
    ]);
    expect(types[0]).toBe('job_started');
    expect(types.at(-1)).toBe('job_finished');
    expect(types.filter((type) => type === 'image_finished')).toHaveLength(2);
  });

  it('is stopped by its signal: then it is ongoing', async () => {
    const stop = new AbortController();
    const job = runJob(await manifestOf(['/png/1x1', '/png/1x1']), {
      sleep_ms: 60_000,
      signal: stop.signal,
    });
    const events: JobEvent[] = [];
    for await (const event of job) {
      events.push(event);
      if (event.type === 'image_started') stop.abort();
    }
    expect((await job.results).status).toBe('ongoing');
    expect(events.at(-1)).toMatchObject({ type: 'job_interrupted', signal: 'abort' });
  });

  it('sends the headers it is given', async () => {
    const job = runJob(await manifestOf(['/png/1x1']), { sleep_ms: 0, headers: { 'x-key': 'k' } });
    await job.results;
    expect(server.requests.at(-1)?.headers['x-key']).toBe('k');
  });

  it.each([
    [{ concurrency: 0 }, 'concurrency'],
    [{ retries: -1 }, 'retries'],
    [{ work_timeout_ms: 2 ** 31 }, 'work_timeout_ms'],
    [{ headers: { host: 'x' } }, "headers: host can't be sent"],
    [{ work: 'work.mjs' }, 'work: expected a function'],
    [{ concurency: 3 }, 'concurency'],
  ])('refuses %j', async (options, named) => {
    const manifest = await manifestOf([]);
    expect(() => Reflect.apply(runJob, null, [manifest, options])).toThrow(named);
  });

  it('refuses a manifest that was not read', () => {
    expect(() => Reflect.apply(runJob, null, [{ stores: [] }])).toThrow('readManifest');
  });

  it('has its defaults where an option is undefined', async () => {
    const options = { concurrency: undefined, signal: undefined, sleep_ms: 0 };
    const { status } = await runJob(await manifestOf(['/png/1x1']), options).results;
    expect(status).toBe('completed');
  });
});

describe('work of the caller’s own', () => {
  const workOn = async (work: Work, more = {}) => {
    const job = runJob(await manifestOf(['/png/8x6']), { work, work_timeout_ms: 200, ...more });
    const { stores } = await job.results;
    return stores[0]?.images[0];
  };

  it('gets the whole image, and what it returns is the output', async () => {
    const image = await workOn(({ bytes, url, ...rest }) => ({
      ...rest,
      path: new URL(url).pathname,
      signature: bytes.subarray(1, 4).toString('latin1'),
      length: bytes.length,
    }));
    expect(image).toMatchObject({ status: 'completed', width: 8, height: 6 });
    expect(image?.output).toEqual({
      ...{ store_id: 'S1', index: 0, width: 8, height: 6, format: 'png' },
      ...{ path: '/png/8x6', signature: 'PNG', length: image?.bytes },
    });
  });

  it('fails the image with what it throws', async () => {
    const image = await workOn(() => {
      throw new Error('no model');
    });
    expect(image).toMatchObject({ status: 'failed', width: 8, output: null });
    expect(image?.error).toMatchObject({ code: 'work', message: 'no model', host: null });
  });

  it.each([
    ['null', null, 'threw null'],
    ['what has no text', Object.create(null, { toString: { value: null } }), 'threw {}'],
    [
      'what throws when it is looked at',
      Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('again');
        },
      }),
      'threw something without a text',
    ],
    ['an error of errors', new AggregateError([new Error('inner')]), 'inner'],
    ['an error without a word', new RangeError(), 'RangeError'],
    ['a message that is none', Object.assign(new Error(), { message: 42 }), '42'],
  ])('that throws %s fails its image alone', async (_, thrown, message) => {
    const image = await workOn(() => {
      throw thrown;
    });
    expect(image?.error).toMatchObject({ code: 'work', message });
  });

  it('may not return the same list over and over', async () => {
    let output: unknown[] = [];
    for (let level = 0; level < 60; level += 1) output = [output, output];
    expect((await workOn(() => output))?.error?.message).toMatch(/more than 1000000 characters/);
  });

  it('is given up when its time is over, and told so', async () => {
    let told = false;
    const image = await workOn(
      (_, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            told = true;
          });
        }),
    );
    expect(image?.error).toMatchObject({ code: 'work', message: 'not done within 0.2 s' });
    expect(told).toBe(true);
  });

  it('hears of the end of the job', async () => {
    const stop = new AbortController();
    const image = await workOn(
      () => {
        stop.abort();
        return new Promise(() => {});
      },
      { signal: stop.signal, work_timeout_ms: 60_000 },
    );
    expect(image?.status).toBe('pending');
  });

  it('is done on no more images at once than are allowed; waiting for it is none of its time', async () => {
    const { work, most } = countedWork();
    const manifest = await manifestOf(...Array.from({ length: 6 }, () => ['/png/1x1']));
    const { stores } = await runJob(manifest, { work, work_concurrency: 2 }).results;
    expect(most()).toBe(2);
    const images = stores.flatMap((store) => store.images);
    expect(Math.max(...images.map(({ work_ms }) => work_ms ?? 0))).toBeLessThan(750);
    expect(Math.max(...images.map(({ duration_ms }) => duration_ms ?? 0))).toBeGreaterThan(850);
    expect(images.map(({ output }) => output)).toEqual(images.map(() => null));
  });

  it('is done on as many images at once as the job has stores at once, unless it is said', async () => {
    const { work, most } = countedWork();
    const manifest = await manifestOf(...Array.from({ length: 30 }, () => ['/png/1x1']));
    await runJob(manifest, { work, concurrency: 20 }).results;
    expect(most()).toBe(20);
  });

  it('logs to whoever asked for it', async () => {
    const lines: unknown[][] = [];
    await workOn((_, { log }) => log('a', 1), { log: (...line: unknown[]) => lines.push(line) });
    expect(lines).toEqual([['a', 1]]);
  });
});

describe('a manifest of the API', () => {
  it('is a file, or a value; what is wrong with it is said with its place', async () => {
    const wrong = { stores: [{ store_id: 'S1', images: [7] }] };
    await expect(Reflect.apply(readManifest, null, [wrong])).rejects.toMatchObject({
      code: 'manifest-invalid',
      message: expect.stringContaining('stores[0].images[0]  expected a URL string, got number'),
    });
    await expect(readManifest('no/such/file.json')).rejects.toMatchObject({
      code: 'manifest-unreadable',
    });
    const file = new URL('../fixtures/demo/manifest.json', import.meta.url);
    const manifest = await readManifest(file, { job_id: 'other' });
    expect(manifest).toMatchObject({ job_id: 'other', store_count: 12 });
  });
});
