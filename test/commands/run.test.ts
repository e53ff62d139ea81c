import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventSchema } from '../../src/job/events.ts';
import { resultsHeadSchema, resultsSchema, storeResultSchema } from '../../src/job/schema.ts';
import { createWorkspace, runCli, runShell, type Workspace } from '../support/cli.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let workspace: Workspace;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  workspace = createWorkspace();
  return () => workspace.remove();
});

const at = (path: string) => server.address + path;
const run = (args: string[], options = {}) =>
  runCli(['run', '--sleep', '0', ...args], { cwd: workspace.folder, ...options });

/** A manifest with a good store, one that fails at its second image of three, and an empty one. */
function mixedManifest(job_id = 'spring-audit') {
  return {
    job_id,
    stores: [
      { store_id: 'S0001', images: [at('/png/640x480'), at('/png/3x5')] },
      { store_id: 'S0002', images: [at('/png/2x2'), at('/status/404'), at('/png/1x1')] },
      { store_id: 'S0003', images: [] },
    ],
  };
}

function goodManifest(job_id = 'good', images = 2) {
  const urls = Array.from({ length: images }, (_, index) => at(`/png/${index + 1}x1`));
  return { job_id, stores: [{ store_id: 'S1', images: urls }] };
}

describe('imgjob run', () => {
  it('writes the results to standard output when that is a pipe, and nothing else', async () => {
    const { code, stdout } = await run([workspace.write('m.json', mixedManifest())]);
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
    const { stdout } = await run([workspace.write('m.json', mixedManifest())]);
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
    const { code, stdout } = await run([workspace.write('m.json', { count: 2, visits })]);
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
    const byName = await run([workspace.write('m.ndjson', ndjson)]);
    expect(JSON.parse(byName.stdout).summary.stores.completed).toBe(2);
    const byOption = await run(['--manifest-format', 'ndjson', '-', '--job-id', 'x'], {
      stdin: ndjson,
    });
    expect(JSON.parse(byOption.stdout)).toMatchObject({ job_id: 'x', status: 'completed' });
  });

  it('completes a manifest without stores at once', async () => {
    const { code, stdout } = await run([workspace.write('m.json', { stores: [] })]);
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
    const { code, stdout } = await run([workspace.write('m.json', { stores })]);
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
    const { stdout, stderr } = await run([workspace.write('m.json', { stores })]);
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
    const path = workspace.write('m.json', { stores });
    const own = await startServer();
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(server.address, own.address));
    await run(['-c', '3', path]);
    expect(own.mostAtOnce()).toBe(3);
    await own.close();
  });

  it('sleeps after each image, and says so in work_ms', async () => {
    const { stdout } = await runCli([
      'run',
      '--sleep',
      '50ms',
      workspace.write('m.json', goodManifest()),
    ]);
    const { stores } = resultsSchema.parse(JSON.parse(stdout));
    for (const { work_ms } of stores[0]?.images ?? []) expect(work_ms).toBeGreaterThanOrEqual(49);
    expect(stores[0]?.duration_ms).toBeGreaterThanOrEqual(98);
  });

  it('gives the same document for the same answers, but for times', async () => {
    const path = workspace.write('m.json', mixedManifest());
    const withoutTimes = (text: string) =>
      text.replace(/"(\w+_at|\w*_?ms)": ?("[^"]*"|\d+|null)/g, '"$1":0');
    const [first, second] = [await run([path]), await run([path])];
    expect(withoutTimes(first.stdout)).toBe(withoutTimes(second.stdout));
  });

  it('writes NDJSON: a line a store, then the rest; every line has the job’s id', async () => {
    const { stdout } = await run([
      '--format',
      'ndjson',
      workspace.write('m.json', mixedManifest()),
    ]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ job_id }) => job_id)).toEqual(Array(4).fill('spring-audit'));
    for (const { job_id: _, ...store } of lines.slice(0, 3)) storeResultSchema.parse(store);
    expect(resultsHeadSchema.parse(lines[3]).errors).toHaveLength(1);
  });

  it('escapes what a terminal could obey in ids, as the same JSON value', async () => {
    const store_id = 'S\u001b[2J\u009b1\u202e\ud800\u0000x';
    const stores = [{ store_id, images: [at('/status/404')] }];
    const { stdout, stderr } = await run([workspace.write('m.json', { stores })]);
    expect(JSON.parse(stdout).stores[0].store_id).toBe(store_id);
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe('the results file', () => {
  it('appears whole, with nothing beside it', async () => {
    const { code, stdout } = await run([
      '-o',
      'out.json',
      workspace.write('m.json', mixedManifest()),
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    resultsSchema.parse(JSON.parse(readFileSync(workspace.path('out.json'), 'utf8')));
    expect(readdirSync(workspace.folder).sort()).toEqual(['m.json', 'out.json']);
  });

  it('takes the place of an older one, through a link too, and keeps its permissions', async () => {
    const real = workspace.write('real.json', 'old');
    symlinkSync(real, workspace.path('link.json'));
    const mode = statSync(real).mode;
    await run(['-o', 'link.json', workspace.write('m.json', goodManifest())]);
    expect(JSON.parse(readFileSync(real, 'utf8')).job_id).toBe('good');
    expect(statSync(real).mode).toBe(mode);
  });

  it('that can’t be written costs no work: exit 3 before the first image', async () => {
    const path = workspace.write('m.json', goodManifest());
    const before = server.requests.length;
    const { code, stderr } = await run(['-o', 'no/such/folder/out.json', path]);
    expect(code).toBe(3);
    expect(stderr).toContain('the folder does not exist');
    expect(server.requests).toHaveLength(before);
  });

  it('must have a path, before anything is fetched', async () => {
    const before = server.requests.length;
    const { code, stderr } = await run(['-o', '', workspace.write('m.json', goodManifest())]);
    expect(code).toBe(2);
    expect(stderr).toContain('-o names no file');
    expect(server.requests).toHaveLength(before);
  });

  it('can be written for a manifest from a pipe of the shell', async () => {
    const path = workspace.write('m.json', goodManifest());
    const { code } = await runShell(`imgjob run --sleep 0 -o out.json <(cat "${path}")`, {
      cwd: workspace.folder,
    });
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(workspace.path('out.json'), 'utf8')).job_id).toBe('good');
  });

  it('may be a device', async () => {
    const path = workspace.write('m.json', goodManifest());
    expect((await run(['-o', '/dev/null', path])).code).toBe(0);
    const full = await run(['-o', '/dev/full', path]);
    expect(full.code).toBe(3);
    expect(full.stderr).toContain('no space left on the device');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('may not be the manifest itself', async () => {
    const path = workspace.write('m.json', goodManifest());
    const { code, stderr } = await run(['-o', 'm.json', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('would overwrite the manifest');
    expect(JSON.parse(readFileSync(path, 'utf8')).job_id).toBe('good');
  });

  it('is standard output for -o -', async () => {
    const { stdout } = await run(['-o', '-', workspace.write('m.json', goodManifest())]);
    expect(JSON.parse(stdout).job_id).toBe('good');
  });
});

describe('standard output', () => {
  it('is whole through a slow pipe, also when the run failed', async () => {
    const stores = Array.from({ length: 300 }, (_, store) => ({
      store_id: `S${store}-${'x'.repeat(200)}`,
      images: Array.from({ length: 40 }, () =>
        store === 7 ? at('/status/500') : at('/status/404'),
      ),
    }));
    const path = workspace.write('m.json', { stores });
    const { code, stdout } = await runShell(
      `imgjob run --sleep 0 --progress none "${path}" | { sleep 0.5; cat; }`,
    );
    expect(code).toBe(1);
    expect(stdout.length).toBeGreaterThan(3_000_000);
    expect(resultsSchema.parse(JSON.parse(stdout)).stores).toHaveLength(300);
  });

  it('whose reader closes early ends the run quietly, with the job’s exit code', async () => {
    const path = workspace.write('m.json', goodManifest('good', 3000));
    const { code, stdout, stderr } = await runShell(
      `imgjob run --sleep 0 --progress none "${path}" | head -c 100`,
    );
    expect(code).toBe(0);
    expect(stdout).toHaveLength(100);
    expect(stderr).not.toMatch(/EPIPE|Error|imgjob:/);
  });

  it('that is full is exit 3 and says why', async () => {
    const path = workspace.write('m.json', goodManifest());
    const { code, stderr } = await runShell(`imgjob run --sleep 0 "${path}" > /dev/full`);
    expect(code).toBe(3);
    expect(stderr).toContain("can't write the results to standard output: no space left");
  });

  it('does not suffer from a closed standard error', async () => {
    const path = workspace.write('m.json', mixedManifest());
    const { code, stdout } = await runShell(`imgjob run --sleep 0 "${path}" 2>&-`);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).status).toBe('failed');
  });
});

describe('several manifests', () => {
  it('are several jobs at once, their documents in the order of the manifests', async () => {
    const slow = { job_id: 'slow', stores: [{ store_id: 'S', images: [at('/png/1x1?ms=200')] }] };
    const paths = [workspace.write('a.json', slow), workspace.write('b.json', mixedManifest('b'))];
    const { code, stdout } = await run(paths);
    expect(code).toBe(1);
    const documents = stdout.split(/(?<=^}\n)/m).map((text) => JSON.parse(text));
    expect(documents.map(({ job_id, status }) => [job_id, status])).toEqual([
      ['slow', 'completed'],
      ['b', 'failed'],
    ]);
  });

  it('go to a folder, into files named by job id', async () => {
    const paths = [
      workspace.write('a.json', goodManifest('first')),
      workspace.write('b.json', goodManifest('second')),
    ];
    expect((await run(['-o', 'results/', ...paths])).code).toBe(0);
    expect(readdirSync(workspace.path('results')).sort()).toEqual([
      'first.results.json',
      'second.results.json',
    ]);
  });

  it.each([
    ['of the same id, in any case', ['Spring', 'spring'], [], 'name the same job'],
    ['into one file', ['a', 'b'], ['-o', 'out.json'], 'share one results file'],
    ['under one --job-id', ['a', 'b'], ['--job-id', 'x'], '--job-id names one job'],
  ])('%s are refused', async (_, ids, args, message) => {
    const paths = ids.map((id, index) => workspace.write(`${index}.json`, goodManifest(id)));
    const { code, stderr } = await run([...args, ...paths]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(existsSync(workspace.path('out.json'))).toBe(false);
  });
});

describe('an invalid manifest', () => {
  it('starts nothing, exits 2 and prints each problem with its place', async () => {
    const text =
      '{\n  "stores": [\n    { "store_id": "S1", "images": ["http://a/", 7] },\n    {}\n  ]\n}';
    const before = server.requests.length;
    const { code, stdout, stderr } = await run([workspace.write('m.json', text), '-o', 'out.json']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /m\.json:3:\d+ {2}stores\[0\]\.images\[1\] {2}expected a URL string, got number$/,
    );
    expect(lines).toHaveLength(3);
    expect(server.requests).toHaveLength(before);
    expect(existsSync(workspace.path('out.json'))).toBe(false);
  });

  it('shows the first twenty problems and counts the others', async () => {
    const stores = Array.from({ length: 30 }, () => ({ store_id: 7, images: [] }));
    const { stderr } = await run([workspace.write('m.json', { stores })]);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[20]).toBe('… and 10 more problems');
  });

  it('that is missing is exit 2 in one sentence', async () => {
    const { code, stderr } = await run(['missing.json']);
    expect(code).toBe(2);
    expect(stderr).toBe("imgjob: can't read missing.json: no such file\n");
  });

  it('unknown fields are one warning', async () => {
    const path = workspace.write('m.json', { ...goodManifest(), colour: 1, $schema: 'x' });
    const { code, stderr } = await run([path, '--progress', 'none']);
    expect(code).toBe(0);
    expect(stderr).toContain('ignored unknown fields: colour\n');
  });
});

describe('progress off a terminal', () => {
  it('is a line at the start, one for a failed store, and the summary', async () => {
    const { stderr } = await run([workspace.write('m.json', mixedManifest())]);
    const lines = stderr.split('\n');
    expect(lines[0]).toBe('spring-audit  3 stores, 5 images, 50 at once');
    expect(lines[1]).toBe(`S0002 failed: image 2 of 3 (${at('/status/404')}): 404 Not Found`);
    expect(lines[2]).toMatch(/^failed {2}spring-audit {2}5 images in \d+\.\d s \(/);
    expect(stderr).toContain('  stores   2 completed   1 failed\n');
    expect(stderr).toContain('  images   3 completed   1 failed   1 skipped\n');
    expect(stderr).toMatch(
      / {2}1 × http-status 404 from 127\.0\.0\.1:\d+ {3}S0002 image 2 of 3 {2}http:/,
    );
    expect(stderr).toContain('  results  standard output\n');
    expect(stderr).not.toContain('\u001b');
  });

  it('stays short however many stores fail', async () => {
    const stores = Array.from({ length: 500 }, (_, index) => ({
      store_id: `S${index}`,
      images: [at(`/status/${400 + (index % 90)}`)],
    }));
    const { stderr } = await run([workspace.write('m.json', { stores })]);
    const summary = stderr.slice(stderr.indexOf('\nfailed  ') + 1);
    expect(summary.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    expect(stderr.split('\n').length).toBeLessThan(45);
  });

  it('json is the events and nothing else', async () => {
    const path = workspace.write('m.json', { ...mixedManifest(), colour: 1 });
    const { stderr } = await run(['--progress', 'json', path]);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => eventSchema.parse(JSON.parse(line)));
    expect(events.filter(({ type }) => type === 'image_finished')).toHaveLength(4);
    expect(events.at(0)?.type).toBe('job_started');
    expect(events.at(-1)?.type).toBe('job_finished');
  });

  it('json loses nothing when its reader is slow', async () => {
    const path = workspace.write('m.json', goodManifest('good', 2000));
    const { stdout } = await runShell(
      `imgjob run --sleep 0 --progress json -o out.json "${path}" 2>&1 | { sleep 1; cat; }`,
      { cwd: workspace.folder },
    );
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.filter(({ type }) => type === 'image_finished')).toHaveLength(2000);
  });

  it('none shows only the summary', async () => {
    const { stderr } = await run(['--progress', 'none', workspace.write('m.json', goodManifest())]);
    expect(stderr).toMatch(/^completed {2}good/);
  });
});
