import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { reuseRuns } from '../support/reuse-runs.ts';
import { setUpRuns } from '../support/runs.ts';
import { SAVE, savedBodies } from '../support/saved.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { runWith, statuses } = reuseRuns(runs, kept);
const { filesKept, filesOfResults, inKept, resume } = savedBodies(runs, kept);

describe('--reuse with --save', () => {
  it.each<[string, string[], string[], string[]]>([
    [
      'an image before others moves their files on',
      ['/png/1x1', '/png/2x2'],
      ['/png/9x9', '/png/1x1', '/png/2x2'],
      ['/png/9x9'],
    ],
    ['one that is taken away moves them back', ['/png/1x1', '/png/2x2'], ['/png/2x2'], []],
    ['two that change places change names', ['/png/1x1', '/png/2x2'], ['/png/2x2', '/png/1x1'], []],
  ])('%s: no other one is fetched', async (_, before, after, asked) => {
    await runWith({ S1: before }, SAVE);
    expect((await runWith({ S1: after }, [...SAVE, '--reuse'])).asked).toEqual(asked);
    const names = after.map((path, index) => `S1/${index}-${path.slice('/png/'.length)}.png`);
    expect(filesOfResults()).toEqual(names);
    // That of an image which is in the manifest no more stays.
    const left = after.length < before.length ? ['S1/0-1x1.png'] : [];
    expect(filesKept()).toEqual([...names, ...left].sort());
    expect((await resume()).asked).toEqual([]);
  });

  // Three pictures of one name.
  const ALIKE = ['/png/1x1', '/gzip/1x1', '/gate/1x1'];

  it('files of one name are never written over, through any number of runs', async () => {
    gate.isOpen = true;
    await runWith({ S1: ALIKE }, SAVE);
    let images = ALIKE;
    for (const added of ['/brotli/1x1', '/redirect/0?1x1']) {
      images = [added, ...images];
      const { asked } = await runWith({ S1: images }, [...SAVE, '--reuse']);
      expect(asked).toEqual([added.replace(/\?.*/, '')]);
      const files = filesOfResults();
      expect(new Set(files).size).toBe(images.length);
      expect(filesKept()).toEqual(files.toSorted());
    }
    images = images.toReversed();
    expect((await runWith({ S1: images }, [...SAVE, '--reuse'])).asked).toEqual([]);
    expect(new Set(filesOfResults()).size).toBe(images.length);
    expect((await resume()).asked).toEqual([]);
  });

  it('files that somebody else has made one keep a name each', async () => {
    const before = ['/png/1x1?a', '/png/1x1?b'];
    await runWith({ S1: before }, SAVE);
    rmSync(inKept('S1/1-1x1.png'));
    linkSync(inKept('S1/0-1x1.png'), inKept('S1/1-1x1.png'));
    const after = { S1: ['/png/2x2', ...before] };
    expect((await runWith(after, [...SAVE, '--reuse'])).asked).toEqual(['/png/2x2']);
    expect(new Set(filesOfResults()).size).toBe(3);
    expect((await resume()).asked).toEqual([]);
  });

  it('stores that are called alike and change places do not mix', async () => {
    await runWith({ 'a/b': ['/png/1x1'], 'a:b': ['/png/2x1'] }, SAVE);
    const { asked } = await runWith({ 'a:b': ['/png/2x1'], 'a/b': ['/png/1x1'] }, [
      ...[...SAVE, '--reuse'],
    ]);
    expect(asked).toEqual(['/png/1x1', '/png/2x1']);
    expect(filesOfResults()).toEqual(['a_b/0-2x1.png', 'a_b~2/0-1x1.png']);
  });
});

describe('an image that fails', () => {
  it('leaves no file, also none of last week under its name', async () => {
    gate.isOpen = true;
    const stores = { S1: ['/png/1x1', '/gate', '/png/2x2'] };
    await runWith(stores, SAVE);
    writeFileSync(inKept('S1/1-gate.jpg'), 'of a time when it was a JPEG');
    writeFileSync(inKept('S1/1-gate.txt.gz'), 'of somebody else');
    gate.isOpen = false;
    await runWith(stores, [...SAVE, '--timeout', '200ms']);
    expect(statuses()).toEqual(['cfs']);
    // The one that was not reached is as it was.
    expect(filesKept()).toEqual(['S1/0-1x1.png', 'S1/1-gate.txt.gz', 'S1/2-2x2.png']);
  });

  it('nor after work that failed', async () => {
    await runWith({ S1: ['/png/1x1'] }, SAVE);
    runs.workspace.write('work.mjs', 'export default () => { throw new Error("no"); }');
    await runWith({ S1: ['/png/1x1'] }, [...SAVE, '--work', 'work.mjs']);
    expect(filesKept()).toEqual([]);
  });

  it('takes away nothing that another result of its store has', async () => {
    await runWith({ S1: ['/png/1x1?a', '/png/1x1?b'] }, SAVE);
    const after = { S1: ['/status/404?/1x1', '/png/1x1?a', '/png/1x1?b'] };
    await runWith(after, [...SAVE, '--reuse', '--keep-going']);
    expect(statuses()).toEqual(['fcc']);
    expect(filesOfResults().slice(1)).not.toContain(null);
  });

  it('follows no link', async () => {
    await runWith({ S1: ['/png/1x1'] }, SAVE);
    rmSync(runs.workspace.path('kept/S1'), { recursive: true });
    mkdirSync(runs.workspace.path('elsewhere'));
    writeFileSync(runs.workspace.path('elsewhere/0-404.png'), 'of somebody else');
    symlinkSync(runs.workspace.path('elsewhere'), runs.workspace.path('kept/S1'));
    await runWith({ S1: ['/status/404'] }, SAVE);
    expect(existsSync(runs.workspace.path('elsewhere/0-404.png'))).toBe(true);
  });
});

it('a folder that somebody takes away while it runs is made again', async () => {
  runs.workspace.write(
    'work.mjs',
    "import { rmSync } from 'node:fs'; export default ({ index }) => { if (index === 1) rmSync('kept/S1', { recursive: true }); };",
  );
  const images = { S1: ['/png/1x1', '/png/2x2', '/png/3x3'] };
  const { code } = await runWith(images, [...SAVE, '--work', 'work.mjs']);
  expect(code).toBe(0);
  expect(filesKept()).toEqual(['S1/1-2x2.png', 'S1/2-3x3.png']);
  expect((await resume()).asked).toEqual(['/png/1x1']);
});

describe('where bodies can not be kept', () => {
  it('a store whose folder is a link ends the run: exit 3, and nothing is elsewhere', async () => {
    mkdirSync(runs.workspace.path('kept'));
    mkdirSync(runs.workspace.path('elsewhere'));
    symlinkSync(runs.workspace.path('elsewhere'), runs.workspace.path('kept/S1'));
    const { code, stderr } = await runWith({ S1: ['/png/1x1'] }, SAVE);
    expect(code).toBe(3);
    expect(stderr).toMatch(/can't keep images in .*kept: /);
    expect(readdirSync(runs.workspace.path('elsewhere'))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('as below /proc, starts nothing: exit 3', async () => {
    for (const folder of ['/proc/self/x/y', '/dev/null/x']) {
      const begun = performance.now();
      const { code, asked } = await runWith({ S1: ['/png/1x1'] }, ['--save', folder]);
      expect({ folder, code, asked }).toEqual({ folder, code: 3, asked: [] });
      expect(performance.now() - begun).toBeLessThan(5000);
    }
  });
});
