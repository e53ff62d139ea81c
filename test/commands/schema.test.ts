import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../../src/results/document.ts';
import { runCli } from '../support/cli.ts';
import { collect } from '../support/collect.ts';
import { everyOutcome, jobAfter } from '../support/every-outcome.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { schemaOf } from '../support/schemas.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

describe('imgjob schema', () => {
  it.each(['manifest', 'results', 'event', 'results-line'])(
    'prints the schema of %s, as the package has it',
    async (name) => {
      const { code, stdout } = await runCli(['schema', name]);
      expect(code).toBe(0);
      const file = new URL(`../../dist/schemas/${name}.json`, import.meta.url);
      expect(stdout).toBe(readFileSync(file, 'utf8'));
      expect(JSON.parse(stdout)).toMatchObject({
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: `imgjob ${name.replace('-', ' ')}`,
      });
    },
  );

  it('suggests what it may have been', async () => {
    const { code, stderr } = await runCli(['schema', 'result']);
    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are manifest, results, event');
  });
});

describe('the schema of results', () => {
  const problems = schemaOf('results');

  it.each([
    ['with the sleep', []],
    ['with work of one’s own', ['--work', 'work.mjs']],
  ])('holds for what a run writes, %s', async (_, args) => {
    runs.workspace.write(
      'work.mjs',
      'export default ({ width }) => ({ list: [width, null, "x"] });',
    );
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    const { stdout } = await runs.run([...args, path]);
    const results = JSON.parse(stdout);
    expect(problems(results)).toEqual([]);
    const [first] = results.stores[0].images;
    expect(first.output).toEqual(args.length > 0 ? { list: [640, null, 'x'] } : null);
  });

  it('holds for every kind of outcome', async () => {
    const { head, stores } = documentOf(jobAfter(everyOutcome()));
    const document = { ...head, errors: [], stores: await collect(stores()) };
    expect(problems(JSON.parse(JSON.stringify(document)))).toEqual([]);
  });

  it('refuses what lacks a field, or has one of another type', () => {
    expect(problems({ schema_version: 1 })).not.toEqual([]);
    expect(problems(null)).not.toEqual([]);
  });
});

describe('the schema of a line of NDJSON results', () => {
  const problems = schemaOf('results-line');

  it('holds for every line of --format ndjson', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    const { stdout } = await runs.run(['--format', 'ndjson', path]);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.flatMap((line) => problems(JSON.parse(line)))).toEqual([]);
  });

  it('refuses a store without its job, and a whole document', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    const document = JSON.parse((await runs.run([path])).stdout);
    expect(problems(document)).not.toEqual([]);
    expect(problems(document.stores[0])).not.toEqual([]);
  });
});

describe('the schema of events', () => {
  const problems = schemaOf('event');

  it('holds for every line of --progress json and of a journal', async () => {
    const path = runs.workspace.write('m.json', runs.mixedManifest());
    const { stderr } = await runs.run(['--progress', 'json', '-o', 'out.json', path]);
    const lines = stderr.trim().split('\n');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.flatMap((line) => problems(JSON.parse(line)))).toEqual([]);
    const journal = kept.journal('spring-audit').trim().split('\n');
    expect(journal.every((line) => line.includes('"checksum":'))).toBe(true);
    expect(journal.flatMap((line) => problems(JSON.parse(line)))).toEqual([]);
    const recorded: unknown[] = JSON.parse(JSON.stringify(everyOutcome()));
    expect(recorded.flatMap(problems)).toEqual([]);
  });

  it('refuses another event', () => {
    expect(problems({ t: '2026-03-01T09:30:00.000Z', type: 'job_paused' })).not.toEqual([]);
  });
});

describe('the schema of manifests', () => {
  const problems = schemaOf('manifest');
  const image = 'https://cdn.example/a.jpg';

  it.each([
    ['stores', { stores: [{ store_id: 'S1', images: [image] }] }],
    ['visits', { count: 1, visits: [{ store_id: 'S1', visit_time: 'x', image_url: [image] }] }],
    ['more than is known', { $schema: './x.json', job_id: 'a-1', stores: [], owner: 'me' }],
  ])('holds for a manifest of %s', (_, manifest) => expect(problems(manifest)).toEqual([]));

  it.each([
    ['both forms', { stores: [], visits: [] }],
    ['neither form', { job_id: 'a' }],
    ['a URL that is none', { stores: [{ store_id: 'S1', images: [7] }] }],
    ['a store without a name', { stores: [{ images: [] }] }],
    ['an empty name', { stores: [{ store_id: '', images: [] }] }],
    ['a job id with a slash', { job_id: 'a/b', stores: [] }],
  ])('refuses %s, as a run does', async (_, manifest) => {
    expect(problems(manifest)).not.toEqual([]);
    const path = runs.workspace.write('m.json', manifest);
    expect((await runCli(['validate', path])).code).toBe(2);
  });
});
