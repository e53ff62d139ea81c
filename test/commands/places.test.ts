import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, runShell } from '../support/cli.ts';
import { setUpRuns } from '../support/runs.ts';

/** Places of results that no file can be renamed onto, and what is kept of a file that is replaced. */

const runs = setUpRuns();
const isRoot = process.getuid?.() === 0;
const manifest = (images = 2) => runs.workspace.write('m.json', runs.goodManifest('good', images));
const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
const idIn = (name: string) => JSON.parse(read(name)).job_id;
const shell = (script: string) => runShell(script, { cwd: runs.workspace.folder });
const PROGRAM = `"${process.execPath}" "${BIN}"`;
const RUN = `${PROGRAM} run --sleep 0 --progress none`;
/** A user who owns nothing here. */
const FOREIGN = 'setpriv --reuid 12345 --regid 12345 --clear-groups env HOME=/';

describe('a file that is there', () => {
  it.runIf(isRoot)('keeps its owner and its mode', async () => {
    const path = runs.workspace.write('out.json', 'old');
    chownSync(path, 1001, 1002);
    chmodSync(path, 0o640);
    expect((await runs.run(['-o', 'out.json', manifest()])).code).toBe(0);
    const { uid, gid, mode } = statSync(path);
    expect([uid, gid, mode & 0o7777]).toEqual([1001, 1002, 0o640]);
    expect(idIn('out.json')).toBe('good');
  });

  it('keeps its other names', async () => {
    linkSync(runs.workspace.write('out.json', 'old'), runs.workspace.path('other.json'));
    await runs.run(['-o', 'out.json', manifest()]);
    expect(read('other.json')).toBe(read('out.json'));
    expect(idIn('other.json')).toBe('good');
  });

  it('that was longer is as long as the results afterwards', async () => {
    linkSync(runs.workspace.write('out.json', 'x'.repeat(9999)), runs.workspace.path('other'));
    await runs.run(['-o', 'out.json', manifest()]);
    expect(idIn('out.json')).toBe('good');
  });

  it.runIf(isRoot)('is written in place in a folder where nothing can be made', async () => {
    chmodSync(runs.workspace.folder, 0o755);
    mkdirSync(runs.workspace.path('folder'));
    chmodSync(runs.workspace.write('folder/out.json', 'old'), 0o666);
    const { code } = await shell(`${FOREIGN} ${RUN} --no-state -o folder/out.json ${manifest()}`);
    expect(code).toBe(0);
    expect(idIn('folder/out.json')).toBe('good');
  });

  it.runIf(isRoot)('of somebody else in a sticky folder is written in place', async () => {
    chmodSync(runs.workspace.folder, 0o755);
    mkdirSync(runs.workspace.path('folder'));
    chmodSync(runs.workspace.path('folder'), 0o1777);
    const path = runs.workspace.write('folder/out.json', 'old');
    chmodSync(path, 0o666);
    const { code } = await shell(`${FOREIGN} ${RUN} --no-state -o folder/out.json ${manifest()}`);
    expect(code).toBe(0);
    expect(idIn('folder/out.json')).toBe('good');
    expect(statSync(path).uid).toBe(0);
    expect(readdirSync(runs.workspace.path('folder'))).toEqual(['out.json']);
  });

  it.runIf(isRoot)('that can’t be written at all is known before the first image', async () => {
    chmodSync(runs.workspace.folder, 0o755);
    chmodSync(runs.workspace.write('out.json', 'old'), 0o644);
    const before = runs.server.requests.length;
    const { code, stderr } = await shell(`${FOREIGN} ${RUN} --no-state -o out.json ${manifest()}`);
    expect(code).toBe(3);
    expect(stderr).toContain("can't write to out.json: permission denied");
    expect(runs.server.requests).toHaveLength(before);
    expect(read('out.json')).toBe('old');
  });
});

describe.runIf(isRoot)('a mount', () => {
  const inNamespace = (script: string) => shell(`unshare -m bash -ec '${script}'`);

  it('of a single file is written in place', async () => {
    runs.workspace.write('host.json', '');
    runs.workspace.write('out.json', '');
    const { code, stderr } = await inNamespace(
      `mount --bind host.json out.json; ${RUN} -o out.json ${manifest()}`,
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('results  out.json')]);
    expect(idIn('host.json')).toBe('good');
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['host.json', 'm.json', 'out.json']);
  });

  it('that is read-only is known before the first image', async () => {
    runs.workspace.write('host.json', 'old');
    runs.workspace.write('out.json', '');
    const before = runs.server.requests.length;
    const { code, stderr } = await inNamespace(
      `mount --bind host.json out.json; mount -o remount,bind,ro out.json;
       ${RUN} -o out.json ${manifest()}`,
    );
    expect(code).toBe(3);
    expect(stderr).toContain('the file system is read-only');
    expect(runs.server.requests).toHaveLength(before);
    expect(read('host.json')).toBe('old');
  });

  it('that is too full for the results keeps what it held', async () => {
    mkdirSync(runs.workspace.path('disk'));
    const { code, stdout, stderr } = await inNamespace(
      `mount -t tmpfs -o size=64k none disk; echo earlier > disk/out.json; ln disk/out.json disk/b;
       ${RUN} -o disk/out.json ${manifest(400)} || echo "code $?"; cat disk/out.json; ls disk`,
    );
    expect(code).toBe(0);
    expect(stdout).toBe('code 3\nearlier\nb\nout.json\n');
    expect(stderr).toContain('no space left on the device');
  });
});

describe('a name', () => {
  it.each([241, 242, 255])('of %d bytes is one as others', async (length) => {
    const name = `${'é'.repeat((length - 5) >> 1)}${'x'.repeat((length - 5) & 1)}.json`;
    expect(Buffer.byteLength(name)).toBe(length);
    expect((await runs.run(['-o', name, manifest()])).code).toBe(0);
    expect(idIn(name)).toBe('good');
  });

  it('whose links lead in a circle is known before the first image', async () => {
    const { code, stderr } = await shell(
      `ln -s b a; ln -s a b; ${RUN} --no-state -o a ${manifest()}`,
    );
    expect([code, stderr]).toEqual([3, expect.stringContaining('its links lead in a circle')]);
  });

  it('that is too long is known before the first image', async () => {
    const before = runs.server.requests.length;
    const { code, stderr } = await runs.run(['-o', 'x'.repeat(256), manifest()]);
    expect(code).toBe(3);
    expect(stderr).toContain('its name is too long');
    expect(runs.server.requests).toHaveLength(before);
  });
});

describe('a run that was killed', () => {
  it('leaves nothing beside its results', async () => {
    const stores = [{ store_id: 'S', images: [runs.at('/stall')] }];
    const path = runs.workspace.write('m.json', { job_id: 'killed', stores });
    await runs.run(['--progress', 'json', '-o', 'out.json', path], {
      onStart: (child) => child.stderr?.once('data', () => child.kill('SIGKILL')),
    });
    expect(readdirSync(runs.workspace.folder)).toEqual(['m.json']);
  });

  it('is swept up after by a report that is written there, too', async () => {
    await runs.run(['-o', 'out.json', manifest()]);
    const left = runs.workspace.write('.imgjob-0123abcd000000010123abcd.tmp', '<');
    utimesSync(left, new Date(0), new Date(0));
    expect((await shell(`${PROGRAM} report out.json -o page.html`)).code).toBe(0);
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['m.json', 'out.json', 'page.html']);
  });

  it('while it wrote is swept up after by a later one', async () => {
    const old = runs.workspace.write('.imgjob-0123abcd000000010123abcd.tmp', '{');
    const young = runs.workspace.write('.imgjob-0123abcd000000024567abcd.tmp', '{');
    utimesSync(old, new Date(0), new Date(0));
    await runs.run(['-o', 'out.json', manifest()]);
    expect(readdirSync(runs.workspace.folder)).toContain(basename(young));
    expect(readdirSync(runs.workspace.folder)).not.toContain(basename(old));
  });
});

describe('under Yarn’s PnP, whose file handles lack sync', () => {
  it('results are written all the same', async () => {
    const preload = runs.workspace.write(
      'pnp.cjs',
      `require('fs').promises.open(__filename).then((handle) => {
         const { sync, datasync } = Object.getPrototypeOf(handle);
         if (!sync || !datasync) throw new Error('no such methods');
         Object.getPrototypeOf(handle).sync = undefined;
         Object.getPrototypeOf(handle).datasync = undefined;
         return handle.close();
       });`,
    );
    linkSync(runs.workspace.write('b.json', ''), runs.workspace.path('c.json'));
    const env = { NODE_OPTIONS: `--require ${preload}` };
    for (const name of ['a.json', 'b.json']) {
      expect((await runs.run(['-o', name, manifest()], { env })).code).toBe(0);
      expect(idIn(name)).toBe('good');
    }
  });
});

if (!isRoot) {
  const why = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  it.skip(`mounts and other owners need root, and this is ${why}`, () => {});
}
