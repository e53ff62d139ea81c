import { cpSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, runCli, type Workspace } from '../support/cli.ts';
import { CAN_COUNT, createOperations } from '../support/file-operations.ts';
import { parseResults } from '../support/kept.ts';
import { manifestOf } from '../support/reuse-runs.ts';
import { startServer, type TestServer } from '../support/server.ts';

const BEFORE = ['/png/1x1', '/png/2x2', '/png/3x3'];
const AFTER = ['/png/9x9', ...BEFORE];
const QUIETLY = ['--progress', 'none', '-o', 'out.json'];
const RUN = ['run', '--sleep', '0', '--save', 'kept', ...QUIETLY, 'm.json'];

/** What a command answers after the kill: its exit code, what it asked for, and how many images its results have. */
type Row = [name: string, args: string[], code: number, asked: string[], images: number | null];

describe.skipIf(!CAN_COUNT)('after a kill -9 of run --reuse', () => {
  let server: TestServer;
  let killed: Record<'taking' | 'naming', Workspace>;
  const at = (path: string) => server.address + path;
  const asked = () => server.requests.splice(0).map(({ path }) => path);
  const imgjob = ({ folder: cwd }: Workspace, args: string[], env = {}) =>
    runCli(args, { cwd, env });

  function copyOf(original: Workspace): Workspace {
    const copy = createWorkspace();
    cpSync(original.folder, copy.folder, { recursive: true });
    cpSync(original.state, copy.state, { recursive: true });
    return copy;
  }

  beforeAll(async () => {
    server = await startServer();
    const operations = createOperations();
    const prepared = createWorkspace();
    prepared.write('m.json', manifestOf({ S1: BEFORE }, at));
    await imgjob(prepared, RUN);
    prepared.write('m.json', manifestOf({ S1: AFTER }, at));
    const whole = copyOf(prepared);
    await imgjob(whole, [...RUN, '--reuse'], operations.logged(whole.state));
    const done = operations.read();
    whole.remove();
    const last = (pattern: RegExp) => 1 + done.findLastIndex((line) => pattern.test(line));
    const kill = async (before: number) => {
      expect(before, done.join('\n')).toBeGreaterThan(0);
      const copy = copyOf(prepared);
      await imgjob(copy, [...RUN, '--reuse'], operations.killed(copy.state, before, true));
      return copy;
    };
    killed = {
      taking: await kill(last(/^write .*journal\.ndjson\.new$/)),
      naming: await kill(last(/^rename .*journal\.ndjson$/)),
    };
    operations.remove();
    prepared.remove();
    asked();
  });
  afterAll(async () => {
    for (const workspace of Object.values(killed)) workspace.remove();
    await server.close();
  });

  async function check(original: Workspace, [, args, code, paths, images]: Row): Promise<void> {
    const workspace = copyOf(original);
    const end = await imgjob(workspace, args);
    expect({ code: end.code, asked: asked() }, end.stderr).toEqual({ code, asked: paths });
    expect(end.stderr).not.toMatch(/warning|damaged/);
    const isWritten = args.includes('out.json');
    const text = isWritten ? readFileSync(workspace.path('out.json'), 'utf8') : end.stdout;
    if (images !== null) {
      const { stores, status } = parseResults(text);
      expect(status).toBe('completed');
      expect(stores.flatMap((store) => store.images)).toHaveLength(images);
    }
    workspace.remove();
  }

  it.each<Row>([
    ['status', ['status', 'job'], 0, [], null],
    ['results', ['results', 'job'], 0, [], 3],
    ['resume', ['resume', 'job', '--save', 'kept', ...QUIETLY], 0, [], 3],
    ['run', RUN, 0, AFTER, 4],
    ['run --resume', [...RUN, '--resume'], 0, AFTER, 4],
    ['run --reuse', [...RUN, '--reuse'], 0, ['/png/9x9'], 4],
  ])('while it took over the earlier run is as it was: %s', (...row) => check(killed.taking, row));

  it.each<Row>([
    ['status', ['status', 'job'], 2, [], null],
    ['results', ['results', 'job'], 2, [], null],
    ['results --previous', ['results', 'job', '--previous'], 0, [], 3],
    ['resume', ['resume', 'job', ...QUIETLY], 2, [], null],
    ['run', RUN, 0, AFTER, 4],
    ['run --resume', [...RUN, '--resume'], 0, AFTER, 4],
    ['run --reuse', [...RUN, '--reuse'], 0, ['/png/9x9'], 4],
  ])('in the moment before its journal has its name it is the previous one: %s', (...row) =>
    check(killed.naming, row),
  );
});
