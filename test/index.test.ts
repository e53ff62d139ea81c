import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createController,
  createDownloader,
  createMeasurer,
  createMemoryResults,
  documentHead,
  documentStores,
  type Effects,
  type JobEvent,
  readManifest,
} from '../src/index.ts';
import { collect } from './support/collect.ts';
import { OPTIONS } from './support/effects.ts';
import { startServer, type TestServer } from './support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

it('the API runs a job with the caller’s own work in the place of the sleep', async () => {
  const text = JSON.stringify({
    stores: [{ store_id: 'S1', images: [`${server.address}/png/8x6`] }],
  });
  async function* stdin() {
    yield Buffer.from(text);
  }
  const read = await readManifest(
    { path: '-', stdin: stdin() },
    { format: 'json', job_id: 'api', now: Date.now, random: Math.random },
  );
  if ('problems' in read) throw new Error('expected a manifest');

  const events: JobEvent[] = [];
  const { download, close } = createDownloader({
    ...OPTIONS,
    user_agent: 'test',
    headers: [],
    tls: { rejectUnauthorized: true },
  });
  const effects: Effects = {
    download,
    measurer: createMeasurer,
    work: async ({ width, height }) => ({ pixels: width * height }),
    keepsBodies: false,
    turn: () => undefined,
    sleep: async () => {},
    now: Date.now,
    elapsed: () => performance.now(),
    random: Math.random,
    emit: (event) => void events.push(event),
  };
  const controller = createController(OPTIONS, effects);
  const signal = new AbortController().signal;
  const job = controller.start({ manifest: read.manifest, results: createMemoryResults() }, signal);
  expect(await job.done).toBe('completed');
  await close();

  expect(documentHead(job)).toMatchObject({ job_id: 'api', status: 'completed' });
  const [store] = await collect(documentStores(job));
  expect(store?.images[0]).toMatchObject({ width: 8, height: 6, output: { pixels: 48 } });
  expect(events.at(-1)?.type).toBe('job_finished');
});
