import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { attributes, textOf } from '../support/pages.ts';
import { apart, countsOf, setUpReportPages } from '../support/report-pages.ts';
import { gate } from '../support/server.ts';

const { runs, kept, written, manifest, files, runMixed, pageOfResults } = setUpReportPages();
const { run, mixedManifest, goodManifest } = runs;
const { imgjob } = kept;

describe('imgjob run --report', () => {
  it('writes the page beside the results and names it in the summary', async () => {
    const { code, stderr } = await runMixed('--report', 'my page.html');
    expect(code).toBe(1);
    expect(stderr).toContain('  report   my page.html\n');
    expect(files()).toEqual(['m.json', 'my page.html', 'out.json']);
    expect(apart(written('my page.html')).page).toBe(apart(await pageOfResults()).page);
  });

  it('says what it was made by, of which manifest, and with which options', async () => {
    await runMixed('--report', 'page.html', '--retries', '0', '--keep-going', '--save', 'photos');
    const { footer } = apart(written('page.html'));
    expect(footer).toContain(`made byimgjob ${VERSION}`);
    expect(footer).toContain('manifestm.json, 3 stores with 5 images');
    // Not where on this machine that is.
    expect(footer).toContain('save photos, retries 0, keep going yes');
    expect(footer).toContain('All options\nconcurrency50\nsleep0 ms\n');
    const kept = apart((await imgjob(['report', 'spring-audit'])).stdout);
    expect(kept.footer).toContain('manifest3 stores with 5 images');
    expect(kept.footer).toContain('save photos, retries 0, keep going yes');
    expect(apart((await imgjob(['report', 'out.json'])).stdout).footer).not.toContain('options');
  });

  it('can show the pictures, later too, where it is asked for', async () => {
    const asked = ['--report-pictures', '-o', 'page.html'];
    await runMixed('--save', 'photos', '--report', 'page.html', '--report-pictures');
    const page = apart(written('page.html'));
    expect(page.page).toContain('"folder":"./photos/","file":["S0001/0-640x480.png"');
    await imgjob(['report', 'spring-audit', ...asked]);
    const later = apart(written('page.html'));
    expect(later.page).toBe(page.page.replaceAll('out.json', 'results.json'));
    await imgjob(['report', 'out.json', ...asked, '--save', 'photos']);
    expect(apart(written('page.html')).page).toBe(page.page);
    await imgjob(['report', 'out.json', ...asked]);
    expect(written('page.html')).toContain('"folder":"","file":["",');
    const { code, stderr } = await imgjob(['report', 'out.json', '--save', 'photos']);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toContain('--save says where pictures are: it needs --report-pictures');
  });

  it('may go with results on standard output', async () => {
    const path = manifest('m.json', mixedManifest());
    const { stdout } = await run(['--report', 'page.html', path]);
    runs.workspace.write('out.json', stdout);
    expect(apart(written('page.html')).page).toBe(
      apart(await pageOfResults('out.json', 'results.json')).page,
    );
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
    expect(apart(written('page.html')).page).toBe(apart(await pageOfResults()).page);
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
    [
      'with pictures of no page',
      ['--report-pictures'],
      '--report-pictures is for the page of --report',
    ],
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
    const { code, stderr } = await interrupt('--report', 'page.html', '--report-pictures');
    expect(code).toBe(130);
    const goesOn = 'imgjob resume spring-audit -o out.json --report page.html --report-pictures\n';
    expect(stderr).toContain(goesOn);
    expect(apart(written('page.html')).page).toBe(
      apart(await pageOfResults('out.json', 'out.json', { folder: null })).page,
    );
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
