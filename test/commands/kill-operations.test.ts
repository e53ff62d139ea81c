import { cpSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { createWorkspace, runCli, type Workspace } from '../support/cli.ts';
import { CAN_COUNT, createOperations, type Operations } from '../support/file-operations.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** `npm run test:slow` kills before each operation on a file, `npm test` before every so manieth of them. */
const EVERY = Number(process.env.EVERY ?? 40);
const JOB = 'spring-audit';
const RUN = ['run', '--sleep', '0', '-c', '2', '--progress', 'none', '-o', 'out.json'];
const QUIETLY = ['--progress', 'none', '-o', 'out.json'];

/** What a job is when the command comes that is killed, and what must hold besides. */
type Scenario = {
  name: string;
  before: 'nothing' | 'done' | 'done twice' | 'interrupted';
  command: string[];
  /** Whether what had a result before the command must not be fetched by it. */
  goesOn?: true;
  /** Whether the job has an earlier run whose results must stay to be had. */
  hasPrevious?: true;
};

const SCENARIOS: Scenario[] = [
  { name: 'a start', before: 'nothing', command: [...RUN, '--resume', 'm.json'] },
  {
    name: 'a restart',
    before: 'done twice',
    command: [...RUN, '--resume', 'm.json'],
    hasPrevious: true,
  },
  { name: 'a resume', before: 'interrupted', command: ['resume', JOB, ...QUIETLY], goesOn: true },
  {
    name: 'a resume with fsync',
    before: 'interrupted',
    command: [...RUN, '--resume', '--fsync', 'm.json'],
    goesOn: true,
  },
  {
    name: 'a reuse',
    before: 'done twice',
    command: [...RUN, '--reuse', 'm.json'],
    goesOn: true,
    hasPrevious: true,
  },
  { name: 'a start over', before: 'interrupted', command: [...RUN, '--force', 'm.json'] },
  {
    name: 'another try',
    before: 'done',
    command: ['resume', JOB, '--retry-failed', ...QUIETLY],
    goesOn: true,
  },
  { name: 'a removal', before: 'done twice', command: ['rm', JOB] },
  { name: 'a prune', before: 'done', command: ['prune', '--older-than', '0m'] },
];

describe.skipIf(!CAN_COUNT)('a kill before any file operation', () => {
  let server: TestServer;
  let operations: Operations;
  let workspace: Workspace;
  beforeAll(async () => {
    server = await startServer();
    operations = createOperations();
  });
  afterAll(async () => {
    operations.remove();
    await server.close();
  });

  const imgjob = (args: string[], env: Record<string, string> = {}) =>
    runCli(args, { cwd: workspace.folder, env });

  /** Two stores, of which one fails at its last image. */
  function writeManifest(): void {
    const image = (name: string) => `${server.address}/png/${name}`;
    const stores = [
      { store_id: 'S1', images: [image('1x1'), image('2x2'), image('3x3')] },
      { store_id: 'S2', images: [image('4x4'), image('5x5'), `${server.address}/status/404`] },
    ];
    workspace.write('m.json', { job_id: JOB, stores });
  }

  const journal = () => {
    const path = join(workspace.state, 'jobs', JOB, 'journal.ndjson');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };

  /** URLs of the images that the journal has a result of. */
  const finished = (): string[] =>
    journal()
      .split('\n')
      .filter((line) => line.includes('"image_finished"') && line.endsWith('}'))
      .map((line) => JSON.parse(line).result.url);

  const completed = () => finished().filter((url) => !url.includes('404'));

  async function prepare({ before }: Scenario): Promise<void> {
    workspace = createWorkspace();
    writeManifest();
    const run = [...RUN, 'm.json'];
    if (before === 'interrupted') {
      await imgjob(run, operations.logged(workspace.state));
      const writes = operations
        .read()
        .flatMap((line, index) => (/^write .*journal/.test(line) ? [index] : []));
      rmSync(workspace.state, { recursive: true });
      // Behind the first byte that tries the disk, and the events of the first images.
      await imgjob(run, operations.killed(workspace.state, 1 + (writes[4] ?? 0)));
      expect(finished().length).toBeGreaterThan(0);
      expect(journal()).not.toContain('job_finished');
    }
    if (before.startsWith('done')) await imgjob(run);
    if (before === 'done twice') await imgjob(run);
  }

  /** A folder with a copy of what was prepared, to be killed in. */
  function copyOf(prepared: Workspace): Workspace {
    const copy = createWorkspace();
    cpSync(prepared.folder, copy.folder, { recursive: true });
    if (existsSync(prepared.state)) cpSync(prepared.state, copy.state, { recursive: true });
    return copy;
  }

  /** Names in the state folder, and beside the results, that are nothing but leftovers. */
  function leftovers(): string[] {
    const names = readdirSync(workspace.state, { recursive: true, encoding: 'utf8' });
    const beside = readdirSync(workspace.folder).filter((name) => name.endsWith('.tmp'));
    return [...names.filter((name) => /\.new$|\.removed-|^locks\/./.test(name)), ...beside];
  }

  /** As if a while had passed: what is left of a lock being taken is not swept at once. */
  function letPass(): void {
    const locks = join(workspace.state, 'locks');
    if (!existsSync(locks)) return;
    for (const name of readdirSync(locks)) utimesSync(join(locks, name), 1, 1);
  }

  /** After the kill the job is gone on with by an ordinary command, which does what is left and nothing else. */
  async function check({ goesOn, hasPrevious }: Scenario, had: string[]): Promise<void> {
    const asked = () => server.requests.splice(0).map(({ url }) => server.address + url);
    const during = asked();
    if (goesOn) for (const url of had) expect(during).not.toContain(url);
    const status = await imgjob(['status']);
    expect(status).toMatchObject({ code: 0 });
    expect(status.stderr).not.toMatch(/can't|warning/);
    const kept = completed();
    // Half a line says nothing.
    const isDelivered = journal().split('\n').at(-2)?.includes('"results_delivered"');
    letPass();
    const again = await imgjob([...RUN, '--resume', 'm.json']);
    expect(again.code).toBe(1);
    expect(again.stderr).not.toContain('warning');
    const results = resultsSchema.parse(
      JSON.parse(readFileSync(workspace.path('out.json'), 'utf8')),
    );
    expect(results.summary.images).toMatchObject({ completed: 5, failed: 1, pending: 0 });
    const fetched = asked();
    if (isDelivered) expect(fetched, 'it starts over').toHaveLength(6);
    else for (const url of kept) expect(fetched, 'it had a result').not.toContain(url);
    expect(new Set([...fetched, ...kept, ...finished()]).size).toBe(6);
    if (hasPrevious) expect((await imgjob(['results', JOB, '--previous'])).code).toBe(0);
    expect(leftovers()).toEqual([]);
  }

  it.each(SCENARIOS)(
    'of $name leaves a job that goes on',
    async (scenario) => {
      await prepare(scenario);
      const prepared = workspace;
      workspace = copyOf(prepared);
      await imgjob(scenario.command, operations.logged(workspace.folder));
      const done = operations.read();
      workspace.remove();
      expect(done.length).toBeGreaterThan(3);
      for (let nth = 1 + (done.length % EVERY); nth <= done.length; nth += EVERY) {
        workspace = copyOf(prepared);
        const had = completed();
        server.requests.length = 0;
        const env = operations.killed(workspace.folder, nth, nth % 2 === 0);
        await imgjob(scenario.command, env);
        try {
          await check(scenario, had);
        } catch (error) {
          const what = `${scenario.name}, killed before operation ${nth}: ${done[nth - 1]}`;
          throw new Error(`${what} in ${workspace.folder}`, { cause: error });
        }
        workspace.remove();
      }
      prepared.remove();
    },
    600_000,
  );
});
