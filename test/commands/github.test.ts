import { mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../src/results/events.ts';
import { type CliOptions, runShell } from '../support/cli.ts';
import { parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;

/** The variables of a step whose workspace is the test's folder. */
function step(more: Record<string, string> = {}) {
  return { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: runs.workspace.folder, ...more };
}

/** `imgjob run` as a step of GitHub Actions, and what it said to it. */
async function runStep(args: string[], { env = {}, ...options }: CliOptions = {}) {
  const result = await run(args, { env: step(env), ...options });
  const commands = result.stderr.split('\n').filter((line) => line.startsWith('::'));
  return { ...result, commands };
}

const reason = (path: string) => `(${at(path)}): ${path.replace('/status/', '')} Not Found`;

const TEXTS = {
  stores: (bad: string) => `{
  "stores": [
    { "store_id": "S1", "images": [] },
    { "store_id": "S2", "images": [
      "${at('/png/1x1')}",
      "${bad}"
    ] }
  ]
}`,
  visits: (bad: string) => `{ "count": 1,
  "visits": [
    { "store_id": "S2", "image_url": [ "${at('/png/1x1')}",
  "${bad}" ] }
  ]
}`,
  ndjson: (bad: string) => `{"store_id": "S1", "images": []}

{"store_id": "S2", "images": ["${at('/png/1x1')}", "${bad}"]}
`,
};

describe('annotations', () => {
  it.each([
    ['m.json', 'stores', 'line=6,col=7'],
    ['m.json', 'visits', 'line=4,col=3'],
    ['m.ndjson', 'ndjson', 'line=3,col='],
  ] as const)('point at the failed URL in %s (%s)', async (name, form, place) => {
    const path = runs.workspace.write(name, TEXTS[form](at('/status/404')));
    const { code, commands, stdout } = await runStep(['-o', 'out.json', path]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(new RegExp(`^::error file=${name},${place}`));
    expect(commands[0]).toContain(`,title=S2 failed::image 2 of 2 ${reason('/status/404')}`);
  });

  it('go to standard error, after the summary: standard output holds the results', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const { stdout, stderr } = await runStep([path]);
    expect(parseResults(stdout).status).toBe('failed');
    const lines = stderr.trimEnd().split('\n');
    expect(lines.at(-2)).toMatch(/^ {2}retry {4}imgjob resume spring-audit --retry-failed$/);
    expect(lines.at(-1)).toMatch(/^::error file=m\.json,line=1,col=\d+,title=S0002 failed::/);
  });

  it('name the file from the workspace on, through links, and whole where it is outside', async () => {
    mkdirSync(runs.workspace.path('repo/jobs'), { recursive: true });
    symlinkSync(runs.workspace.path('repo'), runs.workspace.path('link'));
    const inside = runs.workspace.write('repo/jobs/m.json', mixedManifest('inside'));
    const outside = runs.workspace.write('m.json', mixedManifest('outside'));
    const env = { GITHUB_WORKSPACE: runs.workspace.path('link') };
    const cwd = runs.workspace.path('repo/jobs');
    const first = await runStep(['-o', 'out.json', 'm.json'], { env, cwd });
    expect(first.commands[0]).toContain('::error file=jobs/m.json,line=1,');
    const second = await runStep(['-o', 'results/', inside, outside], { env });
    expect(second.commands).toEqual([
      expect.stringContaining('::error file=jobs/m.json,'),
      expect.stringMatching(/^::error file=\/.*\/m\.json,line=1,/),
    ]);
  });

  it('have no place where the manifest is standard input', async () => {
    const stdin = JSON.stringify(mixedManifest());
    const { commands } = await runStep(['-o', 'out.json', '-'], { stdin });
    expect(commands).toEqual([`::error title=S0002 failed::image 2 of 3 ${reason('/status/404')}`]);
  });

  it('have none where it is a pipe, which is not opened once more', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const script = `mkfifo pipe; cat "${path}" > pipe & imgjob run --sleep 0 -o out.json pipe`;
    const { code, stderr } = await runShell(script, { cwd: runs.workspace.folder, env: step() });
    expect(code).toBe(1);
    expect(stderr).toContain('\n::error title=S0002 failed::image 2 of 3');
  });

  it.each([
    ['has changed', (path: string) => JSON.stringify({ stores: [], was: path })],
    ['is no JSON any more', () => '{'],
  ])('point at no wrong line where the manifest %s during the run', async (_, changed) => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const { commands } = await runStep(['-o', 'out.json', path], {
      onStart: (child) =>
        // The first line says that the manifest has been read.
        child.stderr?.once('data', () => runs.workspace.write('m.json', changed(path))),
    });
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(/^::error title=S0002 failed::image 2 of 3/);
  });

  it('are warnings where the failures are allowed', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const { code, commands } = await runStep(['-o', 'out.json', '--allow-failures', '1', path]);
    expect(code).toBe(0);
    expect(commands).toEqual([expect.stringMatching(/^::warning file=m\.json,line=1,col=/)]);
  });

  it('are ten of all jobs together, then a count', async () => {
    const stores = Array.from({ length: 20 }, (_, index) => ({
      store_id: `S${index}`,
      images: [at('/status/404')],
    }));
    const many = runs.workspace.write('many.json', { job_id: 'many', stores });
    const one = runs.workspace.write('one.json', mixedManifest('one'));
    const { commands } = await runStep(['-o', 'results/', many, one]);
    expect(commands).toHaveLength(11);
    expect(commands.filter((line) => line.startsWith('::error file=many.json,'))).toHaveLength(9);
    expect(commands[9]).toMatch(/^::error file=one\.json,.*title=S0002 failed/);
    expect(commands[10]).toBe('::notice title=imgjob::11 more failed images');
  });

  it('are told when quiet too: GitHub is no log', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const { stderr } = await runStep(['-q', '-o', 'out.json', path]);
    expect(stderr.split('\n')).toEqual([
      'imgjob: spring-audit: 1 of 3 stores failed; results: out.json',
      expect.stringMatching(/^::error file=m\.json,/),
      '',
    ]);
  });

  it('are left out of --progress json, which is JSON alone', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const { stderr } = await runStep(['--progress', 'json', '-o', 'out.json', path], {
      env: { GITHUB_STEP_SUMMARY: '/no/such/folder/x.md' },
    });
    for (const line of stderr.trimEnd().split('\n')) eventSchema.parse(JSON.parse(line));
  });

  it.each([
    ['nothing failed', 'true', 'good'],
    ['it is no step of GitHub Actions', '', 'mixed'],
    ['GITHUB_ACTIONS is not true', 'false', 'mixed'],
  ])('are none where %s', async (_, GITHUB_ACTIONS, kind) => {
    const manifest = kind === 'good' ? goodManifest() : mixedManifest();
    const path = runs.workspace.write('m.json', manifest);
    const { commands } = await runStep(['-o', 'out.json', path], { env: { GITHUB_ACTIONS } });
    expect(commands).toEqual([]);
  });

  it('are the only commands: what a manifest writes is none', async () => {
    const images = [at('/none/##[add-mask]a')];
    const stores = ['::stop-commands::x', '##[error]y', '::error::z'].map((store_id) => ({
      ...{ store_id, images },
    }));
    const path = runs.workspace.write('m.json', { job_id: 'hostile', stores });
    const { stdout, stderr } = await runStep([path]);
    const others = (stdout + stderr).split('\n').filter((line) => !/^::error file=m/.test(line));
    expect(others.filter((line) => /^\s*::|##\w*\[/.test(line))).toEqual([]);
    expect(others.join('\n')).toContain(': :stop-commands::x failed');
    expect(parseResults(stdout).stores.map(({ store_id }) => store_id)).toEqual(
      stores.map(({ store_id }) => store_id),
    );
  });

  it.each([
    ['plan', 'm.json'],
    ['explain', 'out.json'],
    ['diff', 'before.json', 'out.json'],
    ['status', 'hostile'],
  ])('what imgjob %s prints is no command either', async (...args) => {
    const images = [at('/none/##[add-mask]a'), at('/none/##[add-mask]a')];
    const stores = ['##[error]y', '::stop-commands::x'].map((store_id) => ({ store_id, images }));
    runs.workspace.write('m.json', { job_id: 'hostile', stores });
    runs.workspace.write('m0.json', { job_id: 'before', stores: [] });
    const cwd = runs.workspace.folder;
    await runShell('imgjob run -q m0.json > before.json; imgjob run -q m.json > out.json', { cwd });
    const { stdout } = await runShell(`imgjob ${args.join(' ')}`, { cwd });
    expect(stdout).toMatch(/# #\[|: :stop-commands/);
    expect(stdout.split('\n').filter((line) => /^\s*::|##\w*\[/.test(line))).toEqual([]);
  });
});
