import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { makePng } from '../support/png.ts';
import { pourInto, type RawServer, rawAnswer, serveRaw } from '../support/raw-answers.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const IMAGE = makePng(40, 30);

let server: RawServer;
beforeAll(async () => {
  server = await serveRaw({
    cut: (socket) =>
      socket.write(rawAnswer(['Connection: close'], IMAGE), () =>
        setTimeout(() => socket.resetAndDestroy(), 50),
      ),
    page: (socket) => {
      pourInto(socket, rawAnswer([], '<!doctype html><html>'), Buffer.alloc(65_536, 'x'));
    },
    contradiction: rawAnswer([`Content-Length: ${IMAGE.length}`, 'Content-Length: 3'], IMAGE),
    // The first chunk is well; what comes before the broken one must not be there twice.
    chunks: rawAnswer(
      ['Transfer-Encoding: chunked'],
      Buffer.concat([
        Buffer.from('1e\r\n'),
        IMAGE.subarray(0, 30),
        Buffer.from(`\r\n${(IMAGE.length - 30).toString(16)} \n`),
        IMAGE.subarray(30),
        Buffer.from('\n0\n\n'),
      ]),
    ),
  });
});
afterAll(() => server.close());

const WORK = `export default async ({ bytes }) => ({ length: bytes.length, end: bytes.toString('hex', bytes.length - 8) });`;
const WORKED = { length: IMAGE.length, end: IMAGE.toString('hex', IMAGE.length - 8) };

/** The image of this name, and how often it was asked for, with and without work of a user's own. */
async function runImage(name: string, ...args: string[]) {
  runs.workspace.write('work.mjs', WORK);
  runs.workspace.write('m.json', {
    job_id: 'answers',
    stores: [{ store_id: 'S1', images: [server.url(name)] }],
  });
  const before = server.asked(name);
  const { code } = await runs.run(['-o', 'out.json', '--retry-delay', '1ms', ...args, 'm.json']);
  const image = kept.readOutput().stores[0]?.images[0];
  return { code, image, asked: server.asked(name) - before };
}

describe.each([
  ['the sleep', []],
  ['work of one’s own', ['--work', 'work.mjs']],
])('an image with %s', (_name, args) => {
  it('whose body was cut off is tried again, and never completed', async () => {
    const { code, image, asked } = await runImage('cut', '--retries', '2', ...args);
    expect({ code, asked }).toEqual({ code: 1, asked: 3 });
    const error = { code: 'truncated', http_status: 200 };
    expect(image).toMatchObject({ status: 'failed', attempts: 3, output: null, error });
  });

  it('that is an endless page fails at once, and once', async () => {
    const { image, asked } = await runImage('page', '--retries', '2', ...args);
    expect(asked).toBe(1);
    const error = { code: 'unsupported-format', message: 'got an HTML page, not an image' };
    expect(image).toMatchObject({ status: 'failed', attempts: 1, error });
    expect(image?.bytes).toBeLessThan(1_000_000);
  });

  it('whose answer contradicts itself fails once', async () => {
    const { image } = await runImage('contradiction', '--retries', '2', ...args);
    const error = { code: 'bad-response', http_status: null };
    expect(image).toMatchObject({ status: 'failed', attempts: 1, error });
  });

  it('that is read at the second look has its body once', async () => {
    const { code, image } = await runImage('chunks', '--retries', '0', ...args);
    expect(code).toBe(0);
    expect(image).toMatchObject({ status: 'completed', attempts: 1, bytes: IMAGE.length });
    expect(image?.output).toEqual(args.length === 0 ? null : WORKED);
  });
});
