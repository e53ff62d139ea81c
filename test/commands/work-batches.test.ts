import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Inference, startInference } from '../support/inference.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
let inference: Inference;
beforeAll(async () => {
  inference = await startInference({ ms: 50 });
});
afterAll(() => inference.close());
beforeEach(() => {
  inference.batches.length = 0;
});

const BATCH = 'export const batch = { size: 32, wait_ms: 20 };';
const imagesOf = (name?: string) => kept.readOutput(name).stores.flatMap(({ images }) => images);

/** A module whose default export does this with a list of images. */
function writeModule(body: string, more = BATCH): void {
  runs.workspace.write('work.mjs', `${more}\nexport default async (images, context) => {${body}};`);
}

function writeManifest(name: string, stores: number, images: number): void {
  const store = (index: number) => ({
    store_id: `S${index + 1}`,
    images: Array.from({ length: images }, (_, image) => runs.at(`/png/${image + 1}x${index + 1}`)),
  });
  runs.workspace.write(name, {
    job_id: name.slice(0, -5),
    stores: Array.from({ length: stores }, (_, index) => store(index)),
  });
}

const run = (...args: string[]) =>
  kept.imgjob(['run', 'm.json', '-o', 'out.json', '--work', 'work.mjs', ...args]);

const inferring = () => `
  const response = await fetch('${inference.address}', { method: 'POST', body: JSON.stringify(images.map(({ url }) => url)) });
  return response.json();`;

describe('a module that takes batches', () => {
  it('gets the images of all stores together, and each image its own output', async () => {
    writeModule(inferring());
    writeManifest('m.json', 16, 5);
    const { code } = await run('-c', '16');
    expect(code).toBe(0);
    expect(imagesOf().map(({ output }) => output)).toEqual(
      imagesOf().map(({ url }) => ({ image: url })),
    );
    // Five at the least; a machine that is busy may keep a store from its batch for once.
    expect(inference.batches.length).toBeLessThan(20);
    expect(Math.max(...inference.batches)).toBeGreaterThan(8);
  });

  it('gets as many as the command line says, also where it says nothing itself', async () => {
    writeModule('return images.map(() => images.length);', '');
    writeManifest('m.json', 4, 2);
    await run('--work-batch', '3', '--work-batch-wait', '50ms');
    const sizes = imagesOf().map(({ output }) => Number(output));
    expect(Math.max(...sizes)).toBe(3);
  });

  it('is not waited for where nobody can come', async () => {
    writeModule('return images.map(() => images.length);', 'export const batch = { size: 9 };');
    writeManifest('m.json', 3, 2);
    const begun = Date.now();
    const { code, stderr } = await run('--work-batch-wait', '5m');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^ {2}batches {2}2, 3\.0 images each, after a wait of [\d.]+ m?s$/m);
    expect(Date.now() - begun).toBeLessThan(60_000);
    expect(imagesOf().map(({ output }) => output)).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it('leaves without a store that ends before its batch is full', async () => {
    writeModule('return images.map(() => images.length);', 'export const batch = { size: 9 };');
    runs.workspace.write('m.json', {
      stores: [
        { store_id: 'S1', images: [runs.at('/png/1x1')] },
        { store_id: 'S2', images: [runs.at('/png/1x2?ms=300'), runs.at('/status/404')] },
      ],
    });
    expect((await run('--work-batch-wait', '5m')).code).toBe(1);
    expect(imagesOf().map(({ output }) => output)).toEqual([2, 2, null]);
  });

  it('is shared by the jobs of a run', async () => {
    writeModule('return images.map(() => images.length);', 'export const batch = { size: 4 };');
    for (const name of ['a.json', 'b.json']) writeManifest(name, 2, 1);
    await kept.imgjob([
      ...['run', 'a.json', 'b.json', '-o', 'out/', '--work', 'work.mjs'],
      ...['--work-batch-wait', '1m'],
    ]);
    for (const name of ['out/a.results.json', 'out/b.results.json']) {
      expect(imagesOf(name).map(({ output }) => output)).toEqual([4, 4]);
    }
  });

  it('fails an image alone by an element that is an Error, and all by what it throws', async () => {
    writeModule(`
      const isFirst = images.some(({ index }) => index === 0);
      if (!isFirst) throw new Error('no GPU');
      return images.map(({ store_id }) => (store_id === 'S2' ? new Error('blurred') : undefined));`);
    writeManifest('m.json', 3, 2);
    expect((await run()).code).toBe(1);
    expect(imagesOf().map(({ status, error }) => error?.message ?? status)).toEqual([
      ...['completed', 'no GPU', 'blurred', 'skipped', 'completed', 'no GPU'],
    ]);
    expect(kept.journal('m').match(/"reason":"threw"/g)).toHaveLength(3);
  });

  it.each([
    ['too few', 'return [1];', 'the work returned 1 outputs for a batch of 3'],
    ['no array', 'return 7;', 'the work returned no array for a batch of 3'],
    [
      'one that can’t be held',
      'return images.map((_, k) => (k === 1 ? new Map() : k));',
      'output is a Map',
    ],
  ])('fails images where it returns %s', async (_, body, message) => {
    writeModule(body, 'export const batch = { size: 3, wait_ms: 60000 };');
    writeManifest('m.json', 3, 1);
    expect((await run()).code).toBe(1);
    const failed = imagesOf().filter(({ error }) => error);
    expect(failed).toHaveLength(message.includes('Map') ? 1 : 3);
    for (const { error } of failed) expect(error?.message).toContain(message);
  });

  it.each([
    ['export const batch = 32;', 'what it exports as batch is not { size, wait_ms }'],
    ['export const batch = { size: 0 };', 'batch.size is not a whole number from 1 to 10000'],
    [
      'export const batch = { size: 2, wait: 3 };',
      'batch is not { size, wait_ms } alone: it has wait',
    ],
    ['export const concurrency = 0.5;', 'concurrency is not a whole number from 1 to 256'],
    ['export const close = 7;', 'what it exports as close is not a function'],
  ])('starts nothing where it says what can’t be: %s', async (more, message) => {
    writeModule('', more);
    writeManifest('m.json', 1, 1);
    const { code, stderr } = await run();
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(kept.requested()).toEqual([]);
  });

  it('counts the time of the batch as the work of each, and not the wait for it to fill', async () => {
    writeModule(
      'await new Promise((done) => setTimeout(done, 200)); return images;',
      'export const batch = { size: 2 };',
    );
    runs.workspace.write('m.json', {
      stores: [
        { store_id: 'S1', images: [runs.at('/png/1x1')] },
        { store_id: 'S2', images: [runs.at('/png/1x1?ms=1500')] },
      ],
    });
    await run('--work-batch-wait', '1m');
    const [first] = imagesOf();
    expect(first?.work_ms).toBeGreaterThanOrEqual(195);
    expect(first?.work_ms).toBeLessThan(1200);
    expect(first?.duration_ms).toBeGreaterThanOrEqual(1500);
  });

  it('gets its batches on a resume too', async () => {
    writeModule('return images.map(() => images.length);', '');
    await kept.interrupt('SIGKILL', [
      '--work',
      'work.mjs',
      '--work-batch',
      '7',
      '--work-batch-wait',
      '90ms',
      '--work-retries',
      '2',
      '--work-grace',
      '3s',
    ]);
    expect(kept.journal('spring-audit')).toContain(
      '"work_batch":7,"work_batch_wait_ms":90,"work_retries":2,"work_grace_ms":3000',
    );
  });
});
