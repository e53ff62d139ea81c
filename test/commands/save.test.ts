import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { makePng } from '../support/png.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { at } = runs;

/** All files below a folder of the test, but for hidden ones unless asked for. */
function filesIn(folder: string): string[] {
  return readdirSync(runs.workspace.path(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.\w+$/.test(name))
    .sort();
}

const files = () =>
  kept.readOutput().stores.flatMap(({ images }) => images.map(({ file }) => file));

describe('--save', () => {
  it('keeps the body of every completed image, and of no other', async () => {
    const store = (store_id: string, ...paths: string[]) => ({ store_id, images: paths.map(at) });
    const stores = [
      store('S1', '/png/4x3', '/gzip/photo', '/status/404', '/png/1x1'),
      store('../S1', '/png/5x5'),
      store('S1', '/png/6x6'),
    ];
    const path = runs.workspace.write('m.json', { stores });
    const { code } = await runs.run(['--save', 'kept', '-o', 'out.json', path]);
    expect(code).toBe(1);
    expect(files()).toEqual([
      ...['S1/0-4x3.png', 'S1/1-photo.png', null, null],
      ...['_S1/0-5x5.png', 'S1~2/0-6x6.png'],
    ]);
    expect(filesIn('kept')).toEqual(
      files()
        .filter((file) => file !== null)
        .sort(),
    );
    expect(readFileSync(runs.workspace.path('kept/S1/0-4x3.png'))).toEqual(makePng(4, 3));
    // As it was decoded.
    expect(readFileSync(runs.workspace.path('kept/S1/1-photo.png'))).toEqual(makePng(7, 5));
  });

  it('keeps large bodies whole, which are written as they come', async () => {
    const images = [at('/padded/3000000')];
    const path = runs.workspace.write('m.json', { stores: [{ store_id: 'S1', images }] });
    await runs.run(['--save', 'kept', '-o', 'out.json', path]);
    const body = readFileSync(runs.workspace.path('kept/S1/0-3000000.png'));
    expect(body.length).toBe(kept.readOutput().summary.bytes);
    // Not by toEqual, which looks at each byte as a value of its own.
    const sent = Buffer.concat([makePng(4, 3), Buffer.alloc(3_000_000)]);
    expect(body.equals(sent)).toBe(true);
  });

  it('keeps nothing unless it was asked for', async () => {
    await runs.run(['-o', 'out.json', runs.workspace.write('m.json', runs.goodManifest())]);
    expect(files()).toEqual([null, null]);
  });

  it('keeps nothing of an image whose work failed', async () => {
    runs.workspace.write('work.mjs', 'export default () => { throw new Error("no"); }');
    const path = runs.workspace.write('m.json', runs.goodManifest());
    await runs.run(['--save', 'kept', '--work', 'work.mjs', '-o', 'out.json', path]);
    expect(files()).toEqual([null, null]);
    expect(filesIn('kept')).toEqual([]);
  });

  it('with --prefetch leaves nothing of what was fetched ahead in vain', async () => {
    runs.workspace.write('work.mjs', 'export default () => { throw new Error("no"); }');
    const path = runs.workspace.write('m.json', runs.goodManifest('good', 5));
    await runs.run(['--prefetch', '--save', 'kept', '--work', 'work.mjs', '-o', 'out.json', path]);
    expect(filesIn('kept')).toEqual([]);
  });

  it('with --fsync is the same', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    await runs.run(['--fsync', '--save', 'kept', '-o', 'out.json', path]);
    expect(filesIn('kept')).toEqual(['S1/0-1x1.png', 'S1/1-2x1.png']);
  });

  it('goes on after a kill: what is there and whole is not fetched again, all else is', async () => {
    await kept.interrupt('SIGKILL', ['--save', 'kept']);
    const [first = '', second = ''] = filesIn('kept');
    rmSync(runs.workspace.path(join('kept', first)));
    writeFileSync(runs.workspace.path(join('kept', second)), 'half');
    gate.isOpen = true;
    runs.server.requests.length = 0;
    const { code } = await kept.imgjob(['resume', 'spring-audit', '-o', 'out.json']);
    expect(code).toBe(0);
    expect(kept.requested().sort()).toEqual(['/gate', '/png/1x1', '/png/2x2', '/png/5x5']);
    expect(filesIn('kept')).toHaveLength(6);
    expect(kept.readOutput().summary).toMatchObject({ images: { completed: 6 } });
    expect(filesIn('kept').sort()).toEqual(files().sort());
  });

  it('of a run that takes over results: only those whose file is there', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest('good', 3));
    await runs.run(['-o', 'out.json', path]);
    runs.server.requests.length = 0;
    await runs.run(['--reuse', '--save', 'kept', '-o', 'out.json', path]);
    expect(kept.requested()).toHaveLength(3);
    rmSync(runs.workspace.path('kept/S1/1-2x1.png'));
    runs.server.requests.length = 0;
    await runs.run(['--reuse', '--save', 'kept', '-o', 'out.json', path]);
    expect(kept.requested()).toEqual(['/png/2x1']);
    expect(filesIn('kept')).toEqual(files());
    await runs.run(['--reuse', '-o', 'out.json', path]);
    expect(files()).toEqual([null, null, null]);
  });

  it('removes what a killed run was just writing', async () => {
    mkdirSync(runs.workspace.path('kept'));
    const { identifySelf } = await import('../../src/process-identity.ts');
    const { crc32 } = await import('node:zlib');
    const { host, namespace } = await identifySelf();
    const where = crc32(`${host} ${namespace}`).toString(16).padStart(8, '0');
    // A process number that none can have.
    const left = `kept/.imgjob-${where}7ffffff0${'0'.repeat(8)}.tmp`;
    writeFileSync(runs.workspace.path(left), 'half');
    const path = runs.workspace.write('m.json', runs.goodManifest());
    await runs.run(['--save', 'kept', '-o', 'out.json', path]);
    expect(existsSync(runs.workspace.path(left))).toBe(false);
  });

  it.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
    'on a disk that is full ends the run with exit 3, and nothing is half written',
    async () => {
      mkdirSync(runs.workspace.path('kept'));
      execFileSync('mount', [
        '-t',
        'tmpfs',
        '-o',
        'size=64k',
        'tmpfs',
        runs.workspace.path('kept'),
      ]);
      try {
        // Each takes a page of 4 KiB; of the large one there is no room for half.
        const images = [
          ...Array.from({ length: 5 }, (_, index) => at(`/png/${index + 1}x1`)),
          at('/padded/400000'),
        ];
        const manifest = { job_id: 'full', stores: [{ store_id: 'S1', images }] };
        const path = runs.workspace.write('m.json', manifest);
        const { code, stderr } = await runs.run(['--save', 'kept', '-o', 'out.json', path]);
        expect(code).toBe(3);
        expect(stderr).toMatch(/can't keep images in .*kept: no space left on the device/);
        expect(filesIn('kept')).toEqual([0, 1, 2, 3, 4].map((n) => `S1/${n}-${n + 1}x1.png`));
        for (const [index, name] of filesIn('kept').entries()) {
          const whole = makePng(index + 1, 1);
          expect(readFileSync(runs.workspace.path(join('kept', name)))).toEqual(whole);
        }
      } finally {
        execFileSync('umount', [runs.workspace.path('kept')]);
      }
      // With room again it goes on.
      runs.server.requests.length = 0;
      const { code } = await kept.imgjob(['resume', 'full', '-o', 'out.json']);
      expect(code).toBe(0);
      expect(files()).toHaveLength(6);
      expect(filesIn('kept')).toEqual(files());
    },
  );

  it('of several jobs has a folder for each: stores of theirs may be called alike', async () => {
    const paths = ['a', 'b'].map((id) => runs.workspace.write(`${id}.json`, runs.goodManifest(id)));
    const args = ['--save', 'kept', '-o', 'out/', ...paths];
    await runs.run(args);
    const names = ['S1/0-1x1.png', 'S1/1-2x1.png'];
    expect(filesIn('kept')).toEqual(
      ['a', 'b'].flatMap((id) => names.map((name) => `${id}/${name}`)),
    );
    const document = kept.readOutput('out/b.results.json');
    expect(document.stores[0]?.images.map(({ file }) => file)).toEqual(names);
    rmSync(runs.workspace.path('kept/b/S1/0-1x1.png'));
    runs.server.requests.length = 0;
    await runs.run(['--reuse', ...args]);
    expect(kept.requested()).toEqual(['/png/1x1']);
    rmSync(runs.workspace.path('kept/b/S1/1-2x1.png'));
    await kept.imgjob(['resume', 'b', '-o', 'out.json']);
    expect(kept.requested()).toEqual(['/png/1x1', '/png/2x1']);
    expect(filesIn('kept')).toHaveLength(4);
  });

  it('needs a folder', async () => {
    const path = runs.workspace.write('m.json', runs.goodManifest());
    const { code, stderr } = await runs.run(['--save', '', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected the path of a folder.');
  });

  it('that can not be written starts nothing: exit 3', async () => {
    runs.workspace.write('file', 'a file');
    const path = runs.workspace.write('m.json', runs.goodManifest());
    runs.server.requests.length = 0;
    const { code, stderr } = await runs.run(['--save', 'file/kept', '-o', 'out.json', path]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/can't keep images in .*file\/kept: /);
    expect(kept.requested()).toEqual([]);
  });
});
