import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { attributes, pageOf, textOf } from '../support/pages.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const { run, mixedManifest, goodManifest } = runs;
const kept = keptJobs(runs);
const { imgjob } = kept;

const written = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
const manifest = (name: string, content: unknown) => runs.workspace.write(name, content);
const files = (folder = '.') => readdirSync(runs.workspace.path(folder)).sort();

/** Runs the job that fails at one of its images, its results in out.json. */
const runMixed = (...args: string[]) =>
  run(['-o', 'out.json', ...args, manifest('m.json', mixedManifest())]);

/** The page of results that are in a file, as it has to be. */
async function pageOfResults(name = 'out.json', results = name): Promise<string> {
  const { errors, stores, ...head } = kept.readOutput(name);
  const document = {
    head,
    async *stores() {
      yield* stores;
    },
  };
  return pageOf(document, results);
}

/** The counts of a page by their outcome: `{ total: '5', completed: '3' }`. */
function countsOf(page: string, what: 'images' | 'stores'): Record<string, string> {
  const counts = page.matchAll(new RegExp(` data-${what}="(\\w+)">([^<]*)<`, 'g'));
  return Object.fromEntries([...counts].map(([, status, count]) => [status, count]));
}

describe('imgjob report', () => {
  it('makes a page of a results file', async () => {
    await runMixed();
    const { code, stdout, stderr } = await imgjob(['report', 'out.json', '-o', 'page.html']);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: 'imgjob: the report is in page.html\n',
    });
    expect(written('page.html')).toBe(await pageOfResults());
    expect(countsOf(written('page.html'), 'images')).toEqual({
      total: '5',
      completed: '3',
      failed: '1',
      skipped: '1',
    });
  });

  it('is the same of NDJSON and of standard input', async () => {
    await runMixed('--format', 'ndjson');
    const results = await imgjob(['results', 'spring-audit']);
    runs.workspace.write('again.json', results.stdout);
    const fromNdjson = await imgjob(['report', 'out.json']);
    const fromStdin = await imgjob(['report', '-'], { stdin: results.stdout });
    expect(fromNdjson.stdout).toBe(await pageOfResults('again.json', 'out.json'));
    expect(fromStdin.stdout).toBe(await pageOfResults('again.json', 'results.json'));
  });

  it('makes one of a job by its id, and goes to standard output where that is a pipe', async () => {
    await runMixed();
    const { code, stdout, stderr } = await imgjob(['report', 'spring-audit']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(await pageOfResults('out.json', 'results.json'));
    expect(files()).toEqual(['m.json', 'out.json']);
  });

  it.each(['pages/', 'folder', 'folder/'])(
    'goes to a file named after the job where -o names a folder (%s)',
    async (folder) => {
      await runMixed();
      mkdirSync(runs.workspace.path('folder'));
      const path = join(folder, 'spring-audit.report.html');
      for (const name of ['out.json', 'spring-audit']) {
        const { code, stderr } = await imgjob(['report', name, '-o', folder]);
        expect({ code, stderr }).toEqual({ code: 0, stderr: `imgjob: the report is in ${path}\n` });
        expect(countsOf(written(path), 'images')).toMatchObject({ total: '5' });
      }
    },
  );

  it('makes no path of a job id that is none', async () => {
    await runMixed();
    runs.workspace.write('odd.json', written('out.json').replace('"spring-audit"', '"../odd"'));
    expect((await imgjob(['report', 'odd.json', '-o', 'pages/'])).code).toBe(0);
    expect(files('pages')).toEqual(['job.report.html']);
  });

  it('takes the place of an older page', async () => {
    await runMixed();
    runs.workspace.write('page.html', 'older');
    await imgjob(['report', 'out.json', '-o', 'page.html']);
    expect(written('page.html')).toBe(await pageOfResults());
  });

  it.each([
    ['a job that is not there', ['no-such-job'], 'there is no file and no job no-such-job'],
    ['a file that is not there', ['no/such.json'], 'no such file'],
    ['what are no results', ['m.json'], 'm.json as a results document'],
    ['nothing', [], "missing required argument 'job-id|results'"],
  ])('refuses %s', async (_, args, message) => {
    manifest('m.json', goodManifest());
    const { code, stdout, stderr } = await imgjob(['report', ...args, '-o', 'page.html']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(files()).toEqual(['m.json']);
  });

  it('refuses an empty path', async () => {
    await runMixed();
    const { code, stderr } = await imgjob(['report', 'out.json', '-o', '']);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('-o names no file: its path is empty');
    expect(files()).toEqual(['m.json', 'out.json']);
  });

  it.each([
    ['a folder that is not there', 'no/such/page.html', 'the folder does not exist'],
    ['a full disk', '/dev/full', 'no space left on the device'],
  ])('is exit 3 for %s', async (_, path, message) => {
    await runMixed();
    const { code, stderr } = await imgjob(['report', 'out.json', '-o', path]);
    expect(code).toBe(3);
    expect(stderr).toContain(message);
    expect(files()).toEqual(['m.json', 'out.json']);
  });

  it.each(['out.json', './out.json', 'link/out.json'])(
    'refuses to overwrite the results (%s)',
    async (path) => {
      await runMixed();
      symlinkSync('.', runs.workspace.path('link'));
      const before = written('out.json');
      const { code, stderr } = await imgjob(['report', 'out.json', '-o', path]);
      expect(code).toBe(2);
      expect(stderr).toContain(`-o would overwrite the results: ${path}`);
      expect(written('out.json')).toBe(before);
    },
  );

  it('refuses to overwrite the results in a folder that -o names', async () => {
    await runMixed('--report', 'unused.html');
    runs.workspace.write('spring-audit.report.html', written('out.json'));
    const { code, stderr } = await imgjob(['report', 'spring-audit.report.html', '-o', '.']);
    expect(code).toBe(2);
    expect(stderr).toContain('-o would overwrite the results: spring-audit.report.html');
  });

  it('leaves no page where the results turn out to be damaged', async () => {
    await runMixed();
    runs.workspace.write('out.json', written('out.json').replace('"width":640', '"width":-1'));
    const { code, stderr } = await imgjob(['report', 'out.json', '-o', 'page.html']);
    expect(code).toBe(2);
    expect(stderr).toContain('stores[0].images[0].width');
    expect(files()).toEqual(['m.json', 'out.json']);
  });
});

describe('imgjob run --report', () => {
  it('writes the page beside the results and names it in the summary', async () => {
    const { code, stderr } = await runMixed('--report', 'my page.html');
    expect(code).toBe(1);
    expect(stderr).toContain('  report   my page.html\n');
    expect(files()).toEqual(['m.json', 'my page.html', 'out.json']);
    expect(written('my page.html')).toBe(await pageOfResults());
  });

  it('may go with results on standard output', async () => {
    const path = manifest('m.json', mixedManifest());
    const { stdout } = await run(['--report', 'page.html', path]);
    runs.workspace.write('out.json', stdout);
    expect(written('page.html')).toBe(await pageOfResults('out.json', 'results.json'));
  });

  it('is a file for each of several manifests in a folder', async () => {
    const paths = [manifest('a.json', goodManifest('a')), manifest('b.json', goodManifest('b', 3))];
    const { code } = await run(['-o', 'results/', '--report', 'pages/', ...paths]);
    expect(code).toBe(0);
    expect(files('pages')).toEqual(['a.report.html', 'b.report.html']);
    expect(countsOf(written('pages/a.report.html'), 'images')).toEqual({
      total: '2',
      completed: '2',
    });
    expect(countsOf(written('pages/b.report.html'), 'images')).toEqual({
      total: '3',
      completed: '3',
    });
  });

  it('is a page for a job without images, too', async () => {
    await run(['-o', 'out.json', '--report', 'page.html', manifest('m.json', { stores: [] })]);
    expect(written('page.html')).toBe(await pageOfResults());
    expect(textOf(written('page.html'))).toContain('No image was worked on.');
  });

  it('shows one slot for stores that ran one after another', async () => {
    const stores = Array.from({ length: 100 }, (_, index) => ({
      store_id: `S${index}`,
      images: [runs.at('/png/1x1')],
    }));
    const path = manifest('m.json', { job_id: 'one', stores });
    await run(['-c', '1', '-o', 'out.json', '--report', 'page.html', path]);
    expect(textOf(written('page.html'))).toMatch(/Timeline\n1 slot over /);
  });

  it.each([
    ['for standard output', ['--report', '-'], '--report needs a file'],
    ['in the file of the results', ['--report', 'out.json'], 'already written to: out.json'],
  ])('is refused %s before anything is fetched', async (_, args, message) => {
    const { code, stderr } = await runMixed(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(kept.requested()).toEqual([]);
  });
});

describe('the page of a job that has not ended', () => {
  const titleOf = (page: string) => /<title>.*?: (.*?) /.exec(page)?.[1];

  it('says that it is running while it runs', async () => {
    const path = manifest('m.json', kept.hangingManifest());
    let page = '';
    await run(['--progress', 'json', '-o', 'out.json', path], {
      onStart: kept.whenItHangs((child) => {
        void imgjob(['report', 'spring-audit']).then(({ stdout }) => {
          page = stdout;
          child.kill('SIGINT');
        });
      }),
    });
    expect(titleOf(page)).toBe('running');
    expect(textOf(page)).toContain('spring-audit running');
  });

  it('says that it was interrupted once nothing runs it, and leaves that open for a file alone', async () => {
    await kept.interrupt('SIGINT');
    expect(titleOf((await imgjob(['report', 'spring-audit'])).stdout)).toBe('interrupted');
    expect(titleOf((await imgjob(['report', 'out.json'])).stdout)).toBe('ongoing');
  });

  it('has the time up to the interruption, though no image finished in it', async () => {
    await run(['-o', 'out.json', manifest('m.json', kept.hangingManifest())], {
      onStart: (child) => void stopAfter(child, 1500),
    });
    const page = (await imgjob(['report', 'spring-audit'])).stdout;
    expect(textOf(page)).toMatch(/2 slots over 1\.[5-9]|2 slots over [2-9]/);
    expect(textOf(page)).toContain('images that had not finished are not drawn');
  });

  async function stopAfter(child: ChildProcess, ms: number): Promise<void> {
    while (child.exitCode === null && !kept.requested().includes('/gate')) await delay(10);
    await delay(ms);
    child.kill('SIGINT');
  }
});

describe('the page of a job that was interrupted', () => {
  const stopIt = async (child: ChildProcess) => {
    while (child.exitCode === null && !kept.requested().includes('/gate')) await delay(10);
    child.kill('SIGINT');
  };
  const interrupt = (...args: string[]) =>
    run(['-o', 'out.json', ...args, manifest('m.json', kept.hangingManifest())], {
      onStart: (child) => void stopIt(child),
    });

  it('says so, holds what had finished, and the command that goes on names it', async () => {
    const { code, stderr } = await interrupt('--report', 'page.html');
    expect(code).toBe(130);
    expect(stderr).toContain('imgjob resume spring-audit -o out.json --report page.html\n');
    expect(written('page.html')).toBe(await pageOfResults());
    expect(textOf(written('page.html'))).toContain('spring-audit interrupted');
    expect(countsOf(written('page.html'), 'images')).toEqual({
      total: '6',
      completed: '4',
      pending: '2',
    });
  });

  it('leaves the pause out once the job has gone on', async () => {
    await interrupt();
    expect(existsSync(runs.workspace.path('page.html'))).toBe(false);
    await delay(1500);
    gate.isOpen = true;
    const args = ['resume', 'spring-audit', '-o', 'out.json', '--report', 'page.html'];
    expect((await imgjob(args)).code).toBe(0);
    const page = written('page.html');
    expect(textOf(page)).toContain('; dashed where the job was interrupted (1 pause, left out)');
    expect(attributes(page, 'aria-label').join()).toMatch(
      /Timeline, 2 slots over (\d+ ms|1\.[0-4])/,
    );
  });
});
