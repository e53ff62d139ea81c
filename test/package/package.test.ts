import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getLanguageService, TextDocument } from 'vscode-json-languageservice';
import { startServer, type TestServer } from '../support/server.ts';

/**
 * The package as others get it: `PACKAGE_FOLDER` is an empty folder into which
 * it was packed and installed, as `.ci/run` does.
 */
const folder = process.env.PACKAGE_FOLDER ?? '';
const run = promisify(execFile);
const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe.skipIf(folder === '')('the installed package', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const imgjob = async (...args: string[]) => {
    const program = join(folder, 'node_modules/imgjob/bin/imgjob.js');
    const env = { ...process.env, IMGJOB_STATE_DIR: join(folder, 'state') };
    return run(process.execPath, [program, ...args], { cwd: folder, env });
  };
  const manifest = () => ({
    job_id: 'packed',
    stores: [{ store_id: 'S1', images: [`${server.address}/png/8x6`] }],
  });

  it('is small, and so is what it depends on', () => {
    const names = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    const megabytes = sizeOf(join(folder, 'node_modules')) / 1e6;
    process.stdout.write(`installed: ${names.length} packages, ${megabytes.toFixed(1)} MB\n`);
    expect(names.length).toBeLessThanOrEqual(14);
    expect(megabytes).toBeLessThan(12);
  });

  it('runs a job, with work of one’s own', async () => {
    write('work.mjs', 'export default ({ bytes }) => bytes.length;');
    write('m.json', JSON.stringify(manifest()));
    const { stdout } = await imgjob('run', 'm.json', '--work', 'work.mjs', '--report', 'r.html');
    const [image] = JSON.parse(stdout).stores[0].images;
    expect(image).toMatchObject({ status: 'completed', output: image.bytes });
    expect(readFileSync(join(folder, 'r.html'), 'utf8')).toContain('id="timeline"');
  });

  it('names commands as npx takes them', async () => {
    const options = { cwd: folder, env: process.env };
    const refused = run('npx', ['--no-install', 'imgjob', 'm.json'], options);
    await expect(refused).rejects.toMatchObject({
      stderr: expect.stringContaining('To run it as a manifest: npx imgjob run m.json\n'),
    });
  });

  it('has its schemas as files', async () => {
    const { stdout } = await imgjob('schema', 'results');
    const path = join(folder, 'node_modules/imgjob/dist/schemas/results.json');
    expect(readFileSync(path, 'utf8')).toBe(stdout);
  });

  it('is a library', async () => {
    write('api.mjs', PROGRAM.replace('MANIFEST', JSON.stringify(manifest())));
    const { stdout } = await run(process.execPath, ['api.mjs'], { cwd: folder });
    expect(stdout).toBe('job_finished completed 8x6\n');
  });

  it.each([
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ])('has types for a strict program (moduleResolution %s)', async (moduleResolution, module) => {
    write('program.mts', TYPED);
    write('mistaken.mts', TYPED.replace('image.width', 'image.breadth'));
    const options = ['--noEmit', '--strict', '--moduleResolution', moduleResolution];
    const types = ['--types', 'node', '--typeRoots', root('node_modules/@types')];
    const target = ['--module', module, '--target', 'es2022', 'program.mts', 'mistaken.mts'];
    const tsc = root('node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, ...options, ...types, ...target], {
      cwd: folder,
    }).catch((mistakes: { stdout: string }) => mistakes);
    // That of the second program alone: the first is right.
    expect(stdout.match(/^.*error TS.*$/gm)).toEqual([
      expect.stringMatching(/^mistaken\.mts\(\d+,\d+\): error TS2339: .*'breadth' does not exist/),
    ]);
  });

  it('completes a manifest in an editor', async () => {
    const path = pathToFileURL(join(folder, 'm.json')).href;
    const text = '{ "$schema": "./node_modules/imgjob/dist/schemas/manifest.json", "" }';
    const document = TextDocument.create(path, 'json', 1, text);
    const service = getLanguageService({
      schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), 'utf8'),
      workspaceContext: { resolveRelativePath: (name, base) => new URL(name, base).href },
    });
    const parsed = service.parseJSONDocument(document);
    const position = document.positionAt(text.indexOf('""') + 1);
    const list = await service.doComplete(document, position, parsed);
    expect(list?.items.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['job_id', 'count', 'stores']),
    );
  });
});

const PROGRAM = `import { readManifest, runJob } from 'imgjob';
const job = runJob(await readManifest(MANIFEST), { sleep_ms: 0 });
let last;
for await (const event of job) last = event.type;
const { status, stores } = await job.results;
const [{ width, height }] = stores[0].images;
console.log(last, status, width + 'x' + height);
`;

const TYPED = `import { createRunner, ImgjobError, type JobEvent, readManifest, type Results, runJob, type Work } from 'imgjob';
const work: Work<{ area: number; length: number }> = async (image, { signal, log }) => {
  if (signal.aborted) log('stopped');
  return { area: image.width * image.height, length: image.bytes.length };
};
const manifest = await readManifest('m.json', { job_id: 'typed' });
const job = runJob(manifest, { concurrency: 4, signal: AbortSignal.timeout(1000), work });
for await (const event of job) {
  const told: JobEvent = event;
  if (told.type === 'image_finished') console.log(told.result.output, told.result.error?.code);
  if (event.type === 'image_finished') console.log(event.result.output?.area.toFixed());
}
try {
  const results: Results = await job.results;
  const status: 'ongoing' | 'completed' | 'failed' = results.status;
  console.log(status, results.stores[0]?.images[0]?.perimeter);
  console.log((await job.results).stores[0]?.images[0]?.output?.length.toFixed());
} catch (error) {
  if (error instanceof ImgjobError) console.error(error.code, error.hint);
}
const runner = createRunner({ concurrency: 8, state_dir: 'state' });
const kept = await runner.start(manifest, { keep: true, work }).results;
console.log(kept.stores[0]?.images[0]?.output?.area.toFixed(), (await runner.status('typed')).eta_ms);
await runner.close();
`;

function sizeOf(path: string): number {
  if (!existsSync(path)) return 0;
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
