import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apart, countsOf, setUpReportPages } from '../support/report-pages.ts';

const { runs, kept, written, manifest, files, runMixed, pageOfResults } = setUpReportPages();
const { goodManifest } = runs;
const { imgjob } = kept;

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
    expect(apart(stdout).page).toBe(apart(await pageOfResults('out.json', 'results.json')).page);
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
    expect(stderr).toContain('-o: the path is empty');
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
