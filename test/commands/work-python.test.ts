import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { readManifest, runJob, type Work } from '../../src/index.ts';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { BIN, ENVIRONMENT } from '../support/cli.ts';
import { makePng } from '../support/png.ts';
import { setUpRuns } from '../support/runs.ts';

/** `fixtures/work/python.mjs`: a program in Python does the work, in a child for each thread. */

const runs = setUpRuns();
const fixture = (name: string) => new URL(`../../fixtures/work/${name}`, import.meta.url);

/** A store for each image. */
const manifestOf = (...paths: string[]) => ({
  job_id: 'python',
  stores: paths.map((path, index) => ({ store_id: `S${index + 1}`, images: [runs.at(path)] })),
});
const imagesIn = (text: string) =>
  resultsSchema.parse(JSON.parse(text)).stores.flatMap(({ images }) => images);

/** The processes that run a program, by its path. */
function processesOf(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).split('\0').includes(path));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}

describe.skipIf(process.platform !== 'linux')('a program in Python', () => {
  /** The example, in a place of its own so that its processes can be told from others. */
  let program = '';
  let module = '';
  beforeEach(() => {
    for (const name of ['python.mjs', 'entropy.py']) {
      copyFileSync(fixture(name), runs.workspace.path(name));
    }
    module = runs.workspace.path('python.mjs');
    program = runs.workspace.path('entropy.py');
  });

  /** Puts a line in front of what the program does with an image. */
  function change(line: string): void {
    const text = readFileSync(program, 'utf8');
    const begin = text.indexOf('    data = ');
    runs.workspace.write('entropy.py', `${text.slice(0, begin)}    ${line}\n${text.slice(begin)}`);
  }
  /** A line that leaves a file behind: so it is known how far a child has come. */
  const marks = (what: string) => `open(f'{__file__}.${what}.{os.getpid()}', 'w').close()`;
  const marked = (what: string) =>
    readdirSync(runs.workspace.folder).filter((name) => name.startsWith(`entropy.py.${what}.`));
  const HANGS = `import time; ${marks('works')}; time.sleep(600)`;
  const IS_SMALL = "image['url'].endswith('1x1')";

  const command = (...more: string[]) => {
    const manifest = manifestOf('/png/9x9', '/png/1x1', '/png/9x9', '/png/1x1');
    const path = runs.workspace.write('m.json', manifest);
    return [path, '--work', module, '--work-concurrency', '2', ...more];
  };

  /** A run in a process group of its own, as a shell starts it, whose children are at work. */
  async function startRun(): Promise<{ child: ChildProcess; ended: Promise<number | null> }> {
    const text = readFileSync(program, 'utf8');
    const ignores = 'signal.signal(signal.SIGINT, signal.SIG_IGN)';
    expect(text).toContain(ignores);
    runs.workspace.write('entropy.py', text.replace(ignores, `${ignores}\n${marks('ready')}`));
    const env = { ...ENVIRONMENT, IMGJOB_STATE_DIR: runs.workspace.state };
    const options = { cwd: runs.workspace.folder, env, detached: true } as const;
    const child = spawn(process.execPath, [BIN, 'run', ...command('-o', 'out.json')], options);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await expect.poll(() => marked('ready').length).toBe(2);
    // One of them may have all images, or each some.
    await expect.poll(() => marked('works').length).toBeGreaterThan(0);
    return { child, ended };
  }

  it('does the work of a run, and is gone at its end', async () => {
    const { code, stdout, stderr } = await runs.run(command());
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const outputs = imagesIn(stdout).map(({ output }) => output);
    expect(outputs[0]).toEqual({ entropy: expect.any(Number) });
    expect(outputs[2]).toEqual(outputs[0]);
    await expect.poll(() => processesOf(program)).toEqual([]);
  });

  it.each([
    ['Ctrl-C', 'SIGINT', 130],
    ['kill', 'SIGTERM', 143],
    ['kill -9', 'SIGKILL', null],
  ] as const)('is gone after %s, in the middle of its work', async (how, signal, code) => {
    change(HANGS);
    const { child, ended } = await startRun();
    const { pid } = child;
    if (pid === undefined || pid < 2) throw new Error('it was not started');
    // A terminal tells all of the group.
    process.kill(how === 'Ctrl-C' ? -pid : pid, signal);
    expect(await ended).toBe(code);
    await expect.poll(() => processesOf(program)).toEqual([]);
  });

  it('is gone after its time, and another takes its place', async () => {
    change(`if ${IS_SMALL}: ${HANGS}`);
    const { stdout } = await runs.run(command('--work-timeout', '5s', '-c', '1'));
    const images = imagesIn(stdout);
    expect(images.map(({ status }) => status)).toEqual([
      ...['completed', 'failed', 'completed', 'failed'],
    ]);
    expect(images[1]?.error?.message).toBe('not done within 5 s');
    await expect.poll(() => processesOf(program)).toEqual([]);
  });

  it('gets the images of several stores together', async () => {
    const text = readFileSync(program, 'utf8');
    const work = 'outputs = [attempt(image) for image in json.loads(lines.get())]';
    const counted = 'count = len(json.loads(lines.get())); outputs = [{"count": count}] * count';
    expect(text).toContain(work);
    runs.workspace.write('entropy.py', text.replace(work, counted));
    const args = command('--work-concurrency', '1', '--work-batch-wait', '10s');
    const { stdout } = await runs.run(args);
    expect(imagesIn(stdout).map(({ output }) => output)).toEqual(Array(4).fill({ count: 4 }));
  });

  it('fails what it can’t do alone, in words of its own', async () => {
    change(`if ${IS_SMALL}: raise ValueError('no model')`);
    const { stdout } = await runs.run(command());
    const images = imagesIn(stdout);
    expect(images.map(({ error }) => error?.message)).toEqual([
      ...[undefined, 'ValueError: no model', undefined, 'ValueError: no model'],
    ]);
  });

  it('does the work of a job of the library', async () => {
    const python: {
      default(images: unknown, context: unknown): Promise<unknown>;
      close(): Promise<void>;
    } = await import(module);
    const work: Work = (image, context) => python.default(image, context);
    const { stores } = await runJob(await readManifest(manifestOf('/png/9x9')), { work }).results;
    expect(stores[0]?.images[0]?.output).toEqual({ entropy: expect.any(Number) });
    const { signal } = new AbortController();
    const images = [makePng(9, 9), makePng(1, 1)].map((bytes) => ({ bytes, url: '' }));
    expect(await python.default(images, { signal })).toHaveLength(2);
    expect(processesOf(program)).toHaveLength(1);
    await python.close();
    expect(processesOf(program)).toEqual([]);
  });
});
