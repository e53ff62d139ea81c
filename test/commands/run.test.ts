import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  resultsHeadSchema,
  resultsSchema,
  storeResultSchema,
} from '../../src/results/results-schema.ts';
import { runCli } from '../support/cli.ts';
import { setUpRuns } from '../support/runs.ts';
import { startServer } from '../support/server.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;

describe('imgjob run', () => {
  it('writes the results to standard output when that is a pipe, and nothing else', async () => {
    const { code, stdout } = await run([runs.workspace.write('m.json', mixedManifest())]);
    expect(code).toBe(1);
    const results = resultsSchema.parse(JSON.parse(stdout));
    expect(results).toMatchObject({ job_id: 'spring-audit', status: 'failed' });
    expect(results.summary).toMatchObject({
      stores: { total: 3, completed: 2, failed: 1 },
      images: { total: 5, completed: 3, failed: 1, skipped: 1 },
      attempts: 4,
    });
    expect(results.errors).toEqual([
      { store_id: 'S0002', error: `image 2 of 3 (${at('/status/404')}): 404 Not Found` },
    ]);
    expect(results.stores[0]?.images[0]).toMatchObject({
      width: 640,
      height: 480,
      perimeter: 2240,
      twice_perimeter: 4480,
      format: 'png',
    });
  });

  it('lays the document out for grep: a line a field of the head, a line a store', async () => {
    const { stdout } = await run([runs.workspace.write('m.json', mixedManifest())]);
    const lines = stdout.trimEnd().split('\n');
    const head = Object.keys(resultsHeadSchema.shape);
    expect(lines).toHaveLength(1 + head.length + 1 + 3 + 2);
    for (const [index, name] of head.entries()) {
      expect(lines[index + 1]).toMatch(new RegExp(`^ {2}"${name}": `));
    }
    const stores = lines.filter((line) => line.startsWith('    {"store_id":'));
    expect(stores.map((line) => JSON.parse(line.replace(/,$/, '')).store_id)).toEqual([
      'S0001',
      'S0002',
      'S0003',
    ]);
  });

  it('takes the older form of a manifest, with the visit times in the results', async () => {
    const visits = [
      { store_id: 'S1', visit_time: '2026-03-01T09:30:00Z', image_url: [at('/png/1x2')] },
      { store_id: 'S1', image_url: [at('/png/3x4')] },
    ];
    const { code, stdout } = await run([runs.workspace.write('m.json', { count: 2, visits })]);
    expect(code).toBe(0);
    const { stores, job_id } = resultsSchema.parse(JSON.parse(stdout));
    expect(stores.map(({ visit_time }) => visit_time)).toEqual(['2026-03-01T09:30:00Z', null]);
    expect(job_id).toMatch(/^\d{8}-\d{6}-[0-9a-z]{4}$/);
  });

  it('reads the manifest from standard input', async () => {
    const { code, stdout } = await run(['-'], { stdin: JSON.stringify(goodManifest()) });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ job_id: 'good', status: 'completed' });
  });

  it('reads NDJSON by its name, and from standard input where it is told so', async () => {
    const line = JSON.stringify({ store_id: 'S1', images: [at('/png/5x5')] });
    const ndjson = `${line}\n\n${line}`;
    const byName = await run([runs.workspace.write('m.ndjson', ndjson)]);
    expect(JSON.parse(byName.stdout).summary.stores.completed).toBe(2);
    const byOption = await run(['--manifest-format', 'ndjson', '-', '--job-id', 'x'], {
      stdin: ndjson,
    });
    expect(JSON.parse(byOption.stdout)).toMatchObject({ job_id: 'x', status: 'completed' });
  });

  it('completes a manifest without stores at once', async () => {
    const { code, stdout } = await run([runs.workspace.write('m.json', { stores: [] })]);
    expect(code).toBe(0);
    expect(resultsSchema.parse(JSON.parse(stdout))).toMatchObject({
      status: 'completed',
      stores: [],
    });
  });

  it('fails an image whose URL can’t be fetched; the other stores go on', async () => {
    const stores = [
      { store_id: 'bad', images: ['not a url'] },
      { store_id: 'worse', images: ['ftp://img.example/a.png'] },
      { store_id: 'good', images: [at('/png/1x1')] },
    ];
    const { code, stdout } = await run([runs.workspace.write('m.json', { stores })]);
    expect(code).toBe(1);
    const results = resultsSchema.parse(JSON.parse(stdout));
    expect(results.stores.map(({ error }) => error?.code ?? null)).toEqual([
      'invalid-url',
      'unsupported-scheme',
      null,
    ]);
    expect(results.stores[0]?.images[0]?.url).toBe('not a url');
  });

  it('keeps URLs verbatim in url fields and leaves secrets out of all prose', async () => {
    const url = at('/status/403?token=hunter2#x').replace('//', '//me:secret@');
    const stores = [{ store_id: 'S1', images: [url] }];
    const { stdout, stderr } = await run([runs.workspace.write('m.json', { stores })]);
    const results = resultsSchema.parse(JSON.parse(stdout));
    expect(results.stores[0]?.images[0]?.url).toBe(url);
    expect(results.stores[0]?.error?.url).toBe(url);
    expect(`${results.errors[0]?.error}${stderr}`).not.toMatch(/secret|hunter2/);
    expect(results.errors[0]?.error).toContain('/status/403?…');
  });

  it('runs as many stores at once as -c says', async () => {
    const stores = Array.from({ length: 12 }, (_, index) => ({
      store_id: `S${index}`,
      images: [at('/png/1x1?ms=30')],
    }));
    const path = runs.workspace.write('m.json', { stores });
    const own = await startServer();
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(runs.server.address, own.address));
    await run(['-c', '3', path]);
    expect(own.mostAtOnce()).toBe(3);
    await own.close();
  });

  it('sleeps after each image, and says so in work_ms', async () => {
    const { stdout } = await runCli([
      'run',
      '--sleep',
      '50ms',
      runs.workspace.write('m.json', goodManifest()),
    ]);
    const { stores } = resultsSchema.parse(JSON.parse(stdout));
    for (const { work_ms } of stores[0]?.images ?? []) expect(work_ms).toBeGreaterThanOrEqual(49);
    expect(stores[0]?.duration_ms).toBeGreaterThanOrEqual(98);
  });

  it('gives the same document for the same answers, but for times', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const withoutTimes = (text: string) =>
      text.replace(/"(\w+_at|\w*_?ms)": ?("[^"]*"|\d+|null)/g, '"$1":0');
    const [first, second] = [await run([path]), await run([path])];
    expect(withoutTimes(first.stdout)).toBe(withoutTimes(second.stdout));
  });

  it('writes NDJSON: a line a store, then the rest; every line has the job’s id', async () => {
    const { stdout } = await run([
      '--format',
      'ndjson',
      runs.workspace.write('m.json', mixedManifest()),
    ]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ job_id }) => job_id)).toEqual(Array(4).fill('spring-audit'));
    for (const { job_id: _, ...store } of lines.slice(0, 3)) storeResultSchema.parse(store);
    expect(resultsHeadSchema.parse(lines[3]).errors).toHaveLength(1);
  });

  it('escapes what a terminal could obey in ids, as the same JSON value but for halves of characters', async () => {
    const store_id = 'S\u001b[2J\u009b1\u202e\ud800\u0000x';
    const stores = [{ store_id, images: [at('/status/404')] }];
    const { stdout, stderr } = await run([runs.workspace.write('m.json', { stores })]);
    expect(JSON.parse(stdout).stores[0].store_id).toBe(store_id.toWellFormed());
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});
