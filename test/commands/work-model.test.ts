import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readManifest, runJob, type Work } from '../../src/index.ts';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { createWorkspace, runCli, type Workspace } from '../support/cli.ts';

/** `fixtures/work/text-boxes.mjs`: a real model does the work. */

const MODULE = fileURLToPath(new URL('../../fixtures/work/text-boxes.mjs', import.meta.url));

/** Letters as strokes, since fonts are no part of a test. */
const STROKES: Record<string, string> = {
  E: '6,0 0,0 0,10 6,10 M5,5 0,5',
  H: '0,0 0,10 M6,0 6,10 M0,5 6,5',
  L: '0,0 0,10 6,10',
  O: '0,0 6,0 6,10 0,10 0,0',
};

function word(text: string, x: number, y: number): string {
  const letters = [...text].map(
    (letter, index) => `<path transform="translate(${index * 9})" d="M${STROKES[letter]}"/>`,
  );
  return `<g transform="translate(${x} ${y}) scale(4)" fill="none" stroke="#111" stroke-width="1.2">${letters.join('')}</g>`;
}

const png = (content: string) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400"><rect width="640" height="400" fill="#eee"/>${content}</svg>`,
    ),
  )
    .png()
    .toBuffer();

let server: Server;
let workspace: Workspace;
const bodies = new Map<string, Buffer>();
beforeAll(async () => {
  bodies.set('/words.png', await png(word('HELLO', 100, 60) + word('HOLE', 400, 300)));
  bodies.set('/blank.png', await png(''));
  // Its size can be read, and nothing else.
  bodies.set('/cut.png', (await png('')).subarray(0, 60));
  server = createServer((request, response) => {
    response.end(bodies.get(request.url ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());
beforeEach(() => {
  workspace = createWorkspace();
  return () => workspace.remove();
});

const at = (path: string) =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}.png`;
/** A store for each image. */
const manifestOf = (...paths: string[]) => ({
  job_id: 'examples',
  stores: paths.map((path, index) => ({ store_id: `S${index + 1}`, images: [at(path)] })),
});
const imagesIn = (text: string) =>
  resultsSchema.parse(JSON.parse(text)).stores.flatMap(({ images }) => images);

const boxesSchema = z.array(
  z.strictObject({
    ...{ x: z.int(), y: z.int(), width: z.int(), height: z.int() },
    score: z.number().min(0.6).max(1),
  }),
);

/** HELLO is 168 pixels wide and 40 high, HOLE 132: a box is somewhat larger. */
function expectBoth(output: unknown): void {
  const boxes = boxesSchema.parse(output);
  expect(boxes).toHaveLength(2);
  const places = [
    { x: 100, y: 60, width: 168, height: 40 },
    { x: 400, y: 300, width: 132, height: 40 },
  ];
  for (const [index, { x, y, width, height }] of places.entries()) {
    const box = boxes[index];
    expect(Math.abs((box?.x ?? 0) - x)).toBeLessThan(16);
    expect(Math.abs((box?.y ?? 0) - y)).toBeLessThan(16);
    expect(Math.abs((box?.width ?? 0) - width)).toBeLessThan(32);
    expect(Math.abs((box?.height ?? 0) - height)).toBeLessThan(32);
  }
}

describe('a model on the CPU that finds text', () => {
  it('does the work of a run', async () => {
    const path = workspace.write('m.json', manifestOf('words', 'blank', 'cut'));
    const args = ['run', path, '--work', MODULE, '--work-concurrency', '1'];
    const { code, stdout, stderr } = await runCli(args, { cwd: workspace.folder });
    expect({ code, stderr }).toMatchObject({ code: 1 });
    const [words, blank, cut] = imagesIn(stdout);
    expectBoth(words?.output);
    expect(blank).toMatchObject({ status: 'completed', output: [] });
    expect(cut?.error).toMatchObject({ code: 'work' });
  });

  it('does the work of a job of the library, and takes several images at once', async () => {
    const model: {
      default(images: unknown): Promise<unknown>;
      close(): Promise<void>;
    } = await import(MODULE);
    const work: Work = (image) => model.default(image);
    const manifest = await readManifest(manifestOf('words', 'blank'));
    const { stores } = await runJob(manifest, { work, work_concurrency: 1 }).results;
    expectBoth(stores[0]?.images[0]?.output);
    const [width, height] = [640, 400];
    const images = ['words', 'cut', 'blank', 'words'].map((name) => {
      return { bytes: bodies.get(`/${name}.png`), width, height };
    });
    const outputs = z.array(z.unknown()).parse(await model.default(images));
    expect(outputs[1]).toBeInstanceOf(Error);
    expect(outputs[2]).toEqual([]);
    expectBoth(outputs[0]);
    expectBoth(outputs[3]);
    await model.close();
  });
});
