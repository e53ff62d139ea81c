import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;

describe('several manifests', () => {
  it('are several jobs at once, their documents in the order of the manifests', async () => {
    const slow = { job_id: 'slow', stores: [{ store_id: 'S', images: [at('/png/1x1?ms=200')] }] };
    const paths = [
      runs.workspace.write('a.json', slow),
      runs.workspace.write('b.json', mixedManifest('b')),
    ];
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
      runs.workspace.write('a.json', goodManifest('first')),
      runs.workspace.write('b.json', goodManifest('second')),
    ];
    expect((await run(['-o', 'results/', ...paths])).code).toBe(0);
    expect(readdirSync(runs.workspace.path('results')).sort()).toEqual([
      'first.results.json',
      'second.results.json',
    ]);
  });

  it.each([
    ['of the same id, in any case', ['Spring', 'spring'], [], 'name the same job'],
    ['into one file', ['a', 'b'], ['-o', 'out.json'], 'share one file for -o'],
    ['under one --job-id', ['a', 'b'], ['--job-id', 'x'], '--job-id names one job'],
  ])('%s are refused', async (_, ids, args, message) => {
    const paths = ids.map((id, index) => runs.workspace.write(`${index}.json`, goodManifest(id)));
    const { code, stderr } = await run([...args, ...paths]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(existsSync(runs.workspace.path('out.json'))).toBe(false);
  });
});

describe('an invalid manifest', () => {
  it('starts nothing, exits 2 and prints each problem with its place', async () => {
    const text =
      '{\n  "stores": [\n    { "store_id": "S1", "images": ["http://a/", 7] },\n    {}\n  ]\n}';
    const before = runs.server.requests.length;
    const { code, stdout, stderr } = await run([
      runs.workspace.write('m.json', text),
      '-o',
      'out.json',
    ]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const lines = stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /m\.json:3:\d+ {2}stores\[0\]\.images\[1\] {2}expected a URL string, got number$/,
    );
    expect(lines).toHaveLength(3);
    expect(runs.server.requests).toHaveLength(before);
    expect(existsSync(runs.workspace.path('out.json'))).toBe(false);
  });

  it('shows the first twenty problems and counts the others', async () => {
    const stores = Array.from({ length: 30 }, () => ({ store_id: 7, images: [] }));
    const { stderr } = await run([runs.workspace.write('m.json', { stores })]);
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
    const path = runs.workspace.write('m.json', { ...goodManifest(), colour: 1, $schema: 'x' });
    const { code, stderr } = await run([path, '--progress', 'none']);
    expect(code).toBe(0);
    expect(stderr).toContain('ignored unknown fields: colour\n');
  });
});
