import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { createWorkspace, runCli, type Workspace } from '../support/cli.ts';
import { SOON_MS } from '../support/times.ts';

const DEMO_MANIFEST = new URL('../../fixtures/demo/manifest.json', import.meta.url);

let workspace: Workspace;
beforeAll(() => {
  workspace = createWorkspace();
});
afterAll(() => workspace.remove());

describe('the command line', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [[]],
    [['run']],
    [['demo']],
    [['validate']],
    [['plan']],
    [['diff']],
    [['explain']],
    [['report']],
    [['schema']],
  ])('shows help with examples: %j', async (command) => {
    const { code, stdout } = await runCli([...command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ imgjob /);
  });

  it('without a command shows help on standard error and exits 2', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: imgjob');
  });

  it.each([
    [['runn', 'x'], 'Did you mean run?'],
    [['run', '--concurency', '3', 'x'], 'Did you mean --concurrency?'],
    [['run'], "missing required argument 'manifest'"],
    [['diff', '--slower', '20', 'a', 'b'], '\n  imgjob diff --help shows all options.'],
    [['m.json'], 'To run it as a manifest: imgjob run m.json'],
    [['a.results.json'], 'To have these results explained: imgjob explain a.results.json'],
    [['run', '--\u001b[31mx', 'x'], "unknown option '--[31mx'"],
    [['run', '-c', '0', 'x'], 'Expected a whole number from 1 to 10000.'],
    [['run', '-c', '10001', 'x'], 'Expected a whole number from 1 to 10000.'],
    [['run', '-c', '1e3', 'x'], 'Expected a whole number from 1 to 10000.'],
    [['run', '--timeout', '60', 'x'], 'Did you mean 60s or 60ms?'],
    [['run', '--timeout', '0', 'x'], 'It must be longer than 0.'],
    [['run', '--sleep', '-1', 'x'], 'Expected a duration'],
    [['run', '--sleep', '0.4', 'x'], 'Did you mean 0.4s'],
    [['run', '--sleep', '900h', 'x'], 'It is longer than 24 days.'],
    [['run', '--max-bytes', '5 parsecs', 'x'], 'Expected a size'],
    [['run', '--progress', 'fancy', 'x'], 'Allowed choices are auto, bars, lines, json, none'],
    [['run', '--job-id', '../x', 'x'], 'is not a job id'],
    [['run', '-', '-'], 'standard input can only be read once'],
  ])('refuses %j with exit 2 and says what would be right', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^imgjob: .*\n(?: {2}\S.*\n)?$/);
  });

  it('shows a stack only with --debug', async () => {
    const { stderr } = await runCli(['--debug', 'run', 'missing.json']);
    expect(stderr).toMatch(/\n\s+at /);
    expect(stderr).toContain('caused by Error: ENOENT');
  });

  it('takes options from IMGJOB_ variables; the command line wins, an empty one is unset', async () => {
    const path = workspace.write('m.json', { stores: [] });
    const optionsOf = async (args: string[], env: Record<string, string>) => {
      const { stderr } = await runCli(['run', '--progress', 'json', ...args, path], { env });
      return JSON.parse(stderr.split('\n')[0] ?? '').options;
    };
    const env = { IMGJOB_CONCURRENCY: '7', IMGJOB_SLEEP: '2m', IMGJOB_TIMEOUT: '5s' };
    expect(await optionsOf([], env)).toMatchObject({
      concurrency: 7,
      sleep_ms: 120_000,
      timeout_ms: 5000,
    });
    expect(await optionsOf(['-c', '9'], env)).toMatchObject({ concurrency: 9 });
    expect(await optionsOf([], { IMGJOB_CONCURRENCY: '', IMGJOB_SLEEP: '' })).toEqual(DEFAULTS);
    expect((await runCli(['run', path], { env: { IMGJOB_CONCURRENCY: 'many' } })).code).toBe(2);
  });

  it.each([
    ['400', 400],
    ['400ms', 400],
    ['0.4s', 400],
    ['2m', 120_000],
    ['0', 0],
  ])('--sleep %s is %d ms', async (text, sleep_ms) => {
    const path = workspace.write('m.json', { stores: [] });
    const { stderr } = await runCli(['run', '--progress', 'json', '--sleep', text, path]);
    expect(JSON.parse(stderr.split('\n')[0] ?? '').options.sleep_ms).toBe(sleep_ms);
  });

  it.each([
    ['50000', 50_000],
    ['50MB', 50_000_000],
    ['50MiB', 52_428_800],
    ['1.5kb', 1500],
  ])('--max-bytes %s is %d bytes', async (text, max_bytes) => {
    const path = workspace.write('m.json', { stores: [] });
    const { stderr } = await runCli(['run', '--progress', 'json', '--max-bytes', text, path]);
    expect(JSON.parse(stderr.split('\n')[0] ?? '').options.max_bytes).toBe(max_bytes);
  });
});

describe('imgjob validate', () => {
  it('accepts what is valid', async () => {
    const path = workspace.write('good.json', {
      stores: [{ store_id: 'S1', images: ['http://a/b'] }],
    });
    const { code, stdout, stderr } = await runCli(['validate', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`${path}: valid, 1 store, 1 image\n`);
  });

  it('prints all problems of all manifests, also URLs that can’t be fetched', async () => {
    const images = ['http://ok/', '', 'ftp://a/', 'not a url'];
    const bad = workspace.write('bad.json', { stores: [{ store_id: 'S1', images }] });
    const worse = workspace.write('worse.json', '{"stores": [}');
    const many = workspace.write('many.json', { stores: Array.from({ length: 30 }, () => 7) });
    const { code, stdout, stderr } = await runCli(['validate', bad, worse, many]);
    expect([code, stderr]).toEqual([2, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3 + 1 + 30);
    expect(lines[0]).toMatch(
      /bad\.json:1:\d+ {2}stores\[0\]\.images\[1\] {2}invalid-url: the URL is empty$/,
    );
    expect(lines[1]).toMatch(/unsupported-scheme: can't fetch ftp: URLs/);
    expect(lines[3]).toMatch(/worse\.json:1:13 {2}expected a value$/);
  });

  it('answers as JSON', async () => {
    const good = workspace.write('g.json', { job_id: 'g', more: 1, stores: [] });
    const bad = workspace.write('b.json', {
      stores: [{ store_id: 'S1', images: ['\u001b[31m', 7] }],
    });
    const { code, stdout, stderr } = await runCli(['validate', '--json', good, bad]);
    expect([code, stderr]).toEqual([2, '']);
    // No control character reaches a terminal, and each problem has a line.
    expect(stdout).toMatch(/^ {4}\{"file":.*"line":1,.*"path":"stores\[0\]\.images\[1\]".*\}$/m);
    expect(JSON.parse(stdout)).toEqual({
      schema_version: 1,
      valid: false,
      manifests: [{ file: good, job_id: 'g', stores: 0, images: 0 }],
      warnings: [expect.stringContaining('more')],
      problems: [
        {
          file: bad,
          line: 1,
          column: 39,
          path: 'stores[0].images[0]',
          message: expect.any(String),
        },
        expect.objectContaining({ path: 'stores[0].images[1]' }),
      ],
    });
  });

  it('names what stands around a URL, also after others of its host', async () => {
    const url = 'https://cdn.example/a.png';
    const images = [url, `\ufeff${url}`, `${url}\u200b`, `"${url}"`, 'cdn.example/a.png'];
    const path = workspace.write('urls.json', { stores: [{ store_id: 'S1', images }] });
    const { code, stdout } = await runCli(['validate', path]);
    expect(code).toBe(2);
    expect(stdout.match(/(?<=invalid-url: not a valid URL: ).*/g)).toEqual([
      'it begins with a byte-order mark (U+FEFF)',
      'it ends with a zero-width space (U+200B)',
      'it has quotation marks around it',
      'http:// or https:// is missing before it',
    ]);
  });
});

describe('imgjob demo', () => {
  it('runs a dozen stores, of which one fails, in some seconds, and exits 0', async () => {
    const began = performance.now();
    const { code, stdout, stderr } = await runCli(['demo'], { cwd: workspace.folder });
    expect(code).toBe(0);
    expect(performance.now() - began).toBeLessThan(SOON_MS);
    expect(stdout).toBe('');
    const text = readFileSync(workspace.path('demo.results.json'), 'utf8');
    const { summary, stores, errors } = resultsSchema.parse(JSON.parse(text));
    expect(summary.stores).toMatchObject({ total: 12, completed: 11, failed: 1 });
    expect(errors[0]?.error).toContain('the JPG header is cut off after 100 bytes');
    const formats = new Set(stores.flatMap(({ images }) => images.map(({ format }) => format)));
    expect(formats.size).toBeGreaterThan(8);
    expect(stderr).toContain('One store failed, as it was meant to.');
    expect(stderr).toContain("jq '.stores[]");
    expect(stderr).toContain('  explain  imgjob explain demo.results.json\n');
    expect(stderr).toContain('  report   imgjob report demo.results.json -o demo.results.html\n');
    // Nothing of where it ran is in the URLs: two demos can be compared.
    const urls = stores.flatMap(({ images }) => images.map(({ url }) => url));
    const { stores: written } = JSON.parse(readFileSync(DEMO_MANIFEST, 'utf8'));
    expect(urls).toEqual(written.flatMap(({ images }: { images: string[] }) => images));
  });
});
