import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import {
  type BatchWork,
  type ImageResult,
  type JobEvent,
  type Json,
  type Kept,
  type ManifestDocument,
  type Results,
  type RunJobOptions,
  readManifest,
  runJob,
  type StoreResult,
  type Work,
  type WorkedImage,
} from '../../src/index.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** What TypeScript knows of the library: `npm run typecheck` holds it. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const manifest = () =>
  readManifest({ stores: [{ store_id: 'S1', images: [`${server.address}/png/8x6`] }] });

describe('the output of work', () => {
  it('has the type that the work returns, in the results and in the events', async () => {
    const work = async ({ width, height }: WorkedImage) => ({ area: width * height, tags: ['a'] });
    const job = runJob(await manifest(), { work });
    const areas: (number | undefined)[] = [];
    for await (const event of job) {
      if (event.type !== 'image_finished') continue;
      expectTypeOf(event.result.output).toEqualTypeOf<{ area: number; tags: string[] } | null>();
      areas.push(event.result.output?.area);
    }
    const { stores } = await job.results;
    areas.push(stores[0]?.images[0]?.output?.area);
    expect(areas).toEqual([48, 48]);
  });

  it('has the type of one of several that work on a batch returns; an Error is none', async () => {
    const work = {
      batch: { size: 8 },
      run: async (images: WorkedImage[]) =>
        images.map(({ width }) => (width > 9 ? new Error('too wide') : { width })),
    };
    const job = runJob(await manifest(), { work });
    const { stores } = await job.results;
    const output = stores[0]?.images[0]?.output;
    expectTypeOf(output).toEqualTypeOf<{ width: number } | null | undefined>();
    expect(output?.width).toBe(8);
    const endpoint: BatchWork = { batch: { size: 8 }, run: async (): Promise<unknown[]> => [1] };
    expectTypeOf(runJob(await manifest(), { work: endpoint }).results).resolves.toExtend<Results>();
  });

  it('is any JSON where nothing is said of it', async () => {
    const work: Work = () => ['anything'];
    const job = runJob(await manifest(), { work });
    const results = await job.results;
    expectTypeOf(results).toEqualTypeOf<Results>();
    expectTypeOf(results.stores[0]?.images[0]?.output).toEqualTypeOf<Json | undefined>();
    expect(results.stores[0]?.images[0]?.output).toEqual(['anything']);
  });

  it('is what JSON keeps of what was returned', () => {
    expectTypeOf<Kept<string | 1 | true | null>>().toEqualTypeOf<string | 1 | true | null>();
    expectTypeOf<Kept<undefined>>().toEqualTypeOf<null>();
    expectTypeOf<Kept<void>>().toEqualTypeOf<null>();
    expectTypeOf<Kept<Date>>().toEqualTypeOf<string>();
    expectTypeOf<Kept<Float32Array | Uint8Array>>().toEqualTypeOf<number[]>();
    expectTypeOf<Kept<[Date, 1]>>().toEqualTypeOf<[string, 1]>();
    expectTypeOf<Kept<readonly (Date | undefined)[]>>().toEqualTypeOf<readonly (string | null)[]>();
    expectTypeOf<Kept<{ a: Date; b?: number; c: { d: Float64Array }[] }>>().toEqualTypeOf<{
      a: string;
      b?: number;
      c: { d: number[] }[];
    }>();
    expectTypeOf<Kept<{ a: unknown }>>().toEqualTypeOf<{ a: Json }>();
    expectTypeOf<Kept<() => void>>().toEqualTypeOf<never>();
    expectTypeOf<Kept<bigint>>().toEqualTypeOf<never>();
  });

  it('may be named', () => {
    type Found = { label: string };
    expectTypeOf<RunJobOptions<Found>['work']>().toEqualTypeOf<
      Work<Found> | BatchWork<Found> | undefined
    >();
    expectTypeOf<ImageResult<Found>['output']>().toEqualTypeOf<Found | null>();
    expectTypeOf<StoreResult<Found>['images']>().toEqualTypeOf<ImageResult<Found>[]>();
    expectTypeOf<JobEvent<Found>>().toExtend<JobEvent>();
    expectTypeOf<Results<Found>>().toExtend<Results>();
    const work: Work<Found> = ({ format }) => ({ label: format });
    expectTypeOf(work).returns.toEqualTypeOf<Found | Promise<Found>>();
    // @ts-expect-error what it returns is another thing
    const other: Work<Found> = () => ({ label: 7 });
    expectTypeOf(other).toBeFunction();
  });
});

describe('a manifest as a value', () => {
  it('is of either form, and nothing of it need be writable', () => {
    const images = ['https://cdn.example/a.jpg'] as const;
    expectTypeOf({ stores: [{ store_id: 'S1', images }] }).toExtend<ManifestDocument>();
    expectTypeOf({
      ...{ count: 1, job_id: 'a' },
      visits: [{ store_id: 'S1', visit_time: 'x', image_url: images }],
    }).toExtend<ManifestDocument>();
  });

  it('is told what it lacks as it is written', async () => {
    // @ts-expect-error a store has images
    await expect(readManifest({ stores: [{ store_id: 'S1' }] })).rejects.toThrow('images');
    await expect(
      // @ts-expect-error a URL is text
      readManifest({ stores: [{ store_id: 'S1', images: [7] }] }),
    ).rejects.toThrow('expected a URL string');
    // @ts-expect-error one of both forms must be there
    await expect(readManifest({ job_id: 'a' })).rejects.toThrow('stores');
  });
});
