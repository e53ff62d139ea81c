import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setUpDiff } from '../support/diffed.ts';

const { runs, kept, imgjob, inShell, runStores, oneStore, png, diffJson } = setUpDiff();

describe('either side', () => {
  const good = () => oneStore(png('1x1'), png('2x2'));
  const bad = () => oneStore(png('1x1'), runs.at('/status/404'), png('2x2'));

  it('may be a job of the state folder', async () => {
    await runStores('old.json', good());
    await runStores('new.json', bad());
    const { code, found } = await diffJson('old.json', 'spring-audit');
    expect(code).toBe(1);
    expect(found).toEqual((await diffJson('old.json', 'new.json')).found);
    const back = await diffJson('SPRING-audit', 'old.json');
    expect(back).toMatchObject({ code: 0, found: { new: { job_id: 'spring-audit' } } });
    expect((await diffJson('spring-audit', 'spring-audit')).code).toBe(0);
  });

  it('may be a job of a state folder that is named', async () => {
    await runStores('old.json', good(), ['--state-dir', 'elsewhere']);
    const args = ['diff', 'old.json', 'spring-audit'];
    expect((await imgjob([...args, '--state-dir', 'elsewhere'])).code).toBe(0);
    expect((await imgjob(args)).code).toBe(2);
  });

  it('may be a job that a folder is called like', async () => {
    await runStores('old.json', good());
    await inShell('mkdir spring-audit');
    expect((await diffJson('old.json', 'spring-audit')).code).toBe(0);
  });

  it('may be the run before the last one, by process substitution', async () => {
    await runStores('old.json', good());
    await runStores('new.json', bad());
    const { code, stdout, stderr } = await inShell(
      'imgjob diff <(imgjob results --previous spring-audit) spring-audit',
    );
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('newly failing  1\n');
    const both = await inShell('imgjob diff <(cat old.json) <(cat new.json)');
    expect(both).toEqual({ code, stdout, stderr });
  });

  it('may come on standard input', async () => {
    await runStores('old.json', good());
    await runStores('new.json', bad());
    const { stdout } = await imgjob(['diff', 'old.json', 'new.json']);
    expect(await inShell('imgjob diff - new.json < old.json')).toMatchObject({ code: 1, stdout });
    expect(await inShell('cat new.json | imgjob diff old.json -')).toMatchObject({ stdout });
  });

  it('may be a job that was interrupted: what it has not done got worse', async () => {
    await kept.interrupt('SIGKILL');
    const interrupted = await inShell('imgjob results spring-audit > old.json; cat old.json');
    expect(JSON.parse(interrupted.stdout).status).toBe('ongoing');
    expect((await diffJson('spring-audit', 'old.json')).code).toBe(0);
    const { stores } = kept.hangingManifest();
    const finished = stores.map((one) => ({
      ...one,
      images: one.images.map((url) => (url.endsWith('/gate') ? png('9x9') : url)),
    }));
    await runStores('new.json', finished, ['--job-id', 'other']);
    const { code, found } = await diffJson('new.json', 'spring-audit');
    expect(code).toBe(1);
    expect(found.summary).toMatchObject({ newly_skipped: 1, added: 1, removed: 1 });
    expect(found.newly_skipped[0]).toMatchObject({ store_id: 'S2', after: { status: 'pending' } });
  });
});

describe('what can not be compared', () => {
  it.each([
    [
      'a job that is none',
      ['autumn-audit', 'old.json'],
      'there is no file and no job autumn-audit',
    ],
    ['a file that is none', ['old.json', './none.json'], "can't read ./none.json as a results "],
    ['a manifest', ['old.json', 'm.json'], 'results document: schema_version: expected 1'],
    ['a folder', ['old.json', './'], "can't read ./ as a results document: it is a folder"],
    ['a file that was cut', ['cut.json', 'old.json'], 'results document: it is cut off'],
    ['standard input twice', ['-', '-'], 'standard input can only be read once'],
    ['one run alone', ['old.json'], "missing required argument 'new'"],
  ])('may be %s', async (_, args, message) => {
    await runStores('old.json', oneStore(png('1x1')));
    const text = readFileSync(runs.workspace.path('old.json'), 'utf8');
    runs.workspace.write('cut.json', text.slice(0, -20));
    const { code, stdout, stderr } = await imgjob(['diff', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
