import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { BIN, runNode, runShell } from '../support/cli.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const { at } = runs;
const kept = keptJobs(runs);

/** The same images in each form; the third store fails. */
const FORMS: Record<string, () => string> = {
  'list.csv': () =>
    `\ufeffStore_ID;note;image_url\r\nS1;"a; b";${at('/png/1x1')}\r\nS2;;${at('/png/2x2')}\r\nS1;;${at('/png/3x3')}\r\nS3;;${at('/status/404')}\r\n`,
  'list.tsv': () =>
    `store_id\turl\nS1\t${at('/png/1x1')}\nS2\t${at('/png/2x2')}\nS1\t${at('/png/3x3')}\nS3\t${at('/status/404')}\n`,
  'list.txt': () =>
    ['# photos', at('/png/1x1'), at('/png/2x2'), '', at('/status/404'), ''].join('\n'),
};
const NAMES = Object.keys(FORMS);

beforeEach(() => {
  for (const [name, text] of Object.entries(FORMS)) runs.workspace.write(name, text());
});

describe.each(NAMES)('%s', (name) => {
  const isUrls = name === 'list.txt';

  it('is run, explained and reported by its lines', async () => {
    const { code, stderr } = await runs.run(['--job-id', 'photos', '-o', 'out.json', name], {
      env: { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: runs.workspace.folder },
    });
    expect(code).toBe(1);
    const stores = kept.readOutput().stores.map(({ store_id, status, images }) => {
      return `${store_id} ${status} ${images.map(({ width }) => width)}`;
    });
    expect(stores).toEqual(
      isUrls
        ? ['2 completed 1', '3 completed 2', '5 failed ']
        : ['S1 completed 1,3', 'S2 completed 2', 'S3 failed '],
    );
    const place = { 'list.csv': '5,col=5', 'list.tsv': '5,col=4', 'list.txt': '5,col=1' }[name];
    expect(stderr).toContain(`::error file=${name},line=${place}`);
    const { stdout } = await kept.imgjob(['explain', 'photos']);
    const [line, column] = (place ?? '').split(',col=');
    const path = { 'list.csv': '  image_url', 'list.tsv': '  url', 'list.txt': '' }[name];
    expect(stdout).toContain(`manifest  ${name}:${line}:${column}${path}\n`);
  });

  it('goes on after a kill with the list it began with', async () => {
    const more = runs.at('/gate');
    const text = FORMS[name]?.() ?? '';
    const row = {
      'list.csv': `S2;;${more}\r\n`,
      'list.tsv': `S2\t${more}\n`,
      'list.txt': `${more}\n`,
    };
    const path = runs.workspace.write(name, text + (row[name as keyof typeof row] ?? ''));
    await runs.run(['--progress', 'json', '--job-id', 'photos', path], {
      onStart(child) {
        let seen = '';
        child.stderr?.on('data', (data) => {
          seen += data;
          const finished = seen.split('"image_finished"').length - 1;
          if (finished === (isUrls ? 3 : 4)) child.kill('SIGKILL');
        });
      },
    });
    runs.workspace.write(name, 'gone');
    gate.isOpen = true;
    runs.server.requests.length = 0;
    await kept.imgjob(['resume', 'photos', '-o', 'out.json']);
    expect(kept.requested()).toEqual(['/gate']);
    expect(kept.readOutput().summary.images).toMatchObject({
      completed: isUrls ? 3 : 4,
      failed: 1,
    });
  });

  it('is validated, and planned', async () => {
    const { code, stdout: valid } = await kept.imgjob(['validate', name]);
    expect(code).toBe(0);
    expect(valid).toContain(`${name}: valid, 3 stores, ${isUrls ? 3 : 4} images`);
    const { stdout } = await kept.imgjob(['plan', '--json', name]);
    expect(JSON.parse(stdout)).toMatchObject({ job_id: null, file: name, stores: 3 });
  });
});

it('a URL that can not be fetched is told by validate with its column', async () => {
  runs.workspace.write('bad.csv', 'store_id,url\nS1,ftp://x.example/a\n');
  const { code, stdout } = await kept.imgjob(['validate', 'bad.csv']);
  expect(code).toBe(2);
  expect(stdout).toContain('bad.csv:2:4  url  unsupported-scheme');
});

it('the command that is named for a compressed list works as it is', async () => {
  const path = runs.workspace.path('list.csv.gz');
  writeFileSync(path, gzipSync(FORMS['list.csv']?.() ?? ''));
  const { code, stderr } = await kept.imgjob(['run', path]);
  expect(code).toBe(2);
  const command = /run (gzip .*)$/m.exec(stderr)?.[1] ?? '';
  const { cwd } = { cwd: runs.workspace.folder };
  const run = await runShell(`${command.replace('imgjob run', 'imgjob run --sleep 0')}`, { cwd });
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout).summary.images).toMatchObject({ completed: 3, failed: 1 });
});

it('a list is read from standard input', async () => {
  const stdin = FORMS['list.txt']?.() ?? '';
  const { code, stdout } = await runs.run(['--manifest-format', 'urls', '-'], { stdin });
  expect(code).toBe(1);
  expect(JSON.parse(stdout).stores.map(({ store_id }: { store_id: string }) => store_id)).toEqual([
    '2',
    '3',
    '5',
  ]);
});

it.each(['\n', '\r'])(
  'a list of any size takes little memory, with lines that end in %j',
  async (end) => {
    const rows = Array.from(
      { length: 300_000 },
      (_, row) => `S${row % 999},${at(`/png/${row}`)},x${end}`,
    );
    const path = runs.workspace.write('large.csv', `store_id,url,note${end}${rows.join('')}`);
    const { code, stdout } = await runNode(['--max-old-space-size=32', BIN, 'validate', path]);
    expect(stdout).toContain('valid, 999 stores, 300,000 images');
    expect(code).toBe(0);
  },
);
