import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { runShell } from '../support/cli.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const { at, run, mixedManifest, goodManifest } = runs;

describe('the results file', () => {
  it('appears whole, with nothing beside it', async () => {
    const { code, stdout } = await run([
      '-o',
      'out.json',
      runs.workspace.write('m.json', mixedManifest()),
    ]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    resultsSchema.parse(JSON.parse(readFileSync(runs.workspace.path('out.json'), 'utf8')));
    expect(readdirSync(runs.workspace.folder).sort()).toEqual(['m.json', 'out.json']);
  });

  it('takes the place of an older one, through a link too, and keeps its permissions', async () => {
    const real = runs.workspace.write('real.json', 'old');
    symlinkSync(real, runs.workspace.path('link.json'));
    const mode = statSync(real).mode;
    await run(['-o', 'link.json', runs.workspace.write('m.json', goodManifest())]);
    expect(JSON.parse(readFileSync(real, 'utf8')).job_id).toBe('good');
    expect(statSync(real).mode).toBe(mode);
  });

  it('that can’t be written costs no work: exit 3 before the first image', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const before = runs.server.requests.length;
    const { code, stderr } = await run(['-o', 'no/such/folder/out.json', path]);
    expect(code).toBe(3);
    expect(stderr).toContain('the folder does not exist');
    expect(runs.server.requests).toHaveLength(before);
  });

  it('must have a path, before anything is fetched', async () => {
    const before = runs.server.requests.length;
    const { code, stderr } = await run(['-o', '', runs.workspace.write('m.json', goodManifest())]);
    expect(code).toBe(2);
    expect(stderr).toContain('-o: the path is empty');
    expect(runs.server.requests).toHaveLength(before);
  });

  it('can be written for a manifest from a pipe of the shell', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const { code } = await runShell(`imgjob run --sleep 0 -o out.json <(cat "${path}")`, {
      cwd: runs.workspace.folder,
    });
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(runs.workspace.path('out.json'), 'utf8')).job_id).toBe('good');
  });

  it('may be a device', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    expect((await run(['-o', '/dev/null', path])).code).toBe(0);
    const full = await run(['-o', '/dev/full', path]);
    expect(full.code).toBe(3);
    expect(full.stderr).toContain('no space left on the device');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('may not be the manifest itself', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const { code, stderr } = await run(['-o', 'm.json', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('would overwrite the manifest');
    expect(JSON.parse(readFileSync(path, 'utf8')).job_id).toBe('good');
  });

  it.runIf(process.platform === 'linux')(
    'where no folder can be made is refused at once',
    async () => {
      const path = runs.workspace.write('m.json', goodManifest());
      const { code, stderr } = await run(['-o', '/proc/none/of/this/', path]);
      expect([code, stderr]).toEqual([3, expect.stringContaining("can't write to /proc/none")]);
    },
  );

  it('may not be the module of the work', async () => {
    const work = runs.workspace.write('work.mjs', 'export default () => 1;');
    const path = runs.workspace.write('m.json', goodManifest());
    for (const places of [
      ['-o', 'work.mjs'],
      ['-o', 'o.json', '--work-output', 'work.mjs'],
    ]) {
      const { code, stderr } = await run([...places, '--work', work, path]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('the module of the work')]);
    }
    expect(readFileSync(work, 'utf8')).toBe('export default () => 1;');
  });

  it('is standard output for -o -', async () => {
    const { stdout } = await run(['-o', '-', runs.workspace.write('m.json', goodManifest())]);
    expect(JSON.parse(stdout).job_id).toBe('good');
  });
});

describe('standard output', () => {
  it('is whole through a slow pipe, also when the run failed', async () => {
    const stores = Array.from({ length: 300 }, (_, store) => ({
      store_id: `S${store}-${'x'.repeat(200)}`,
      images: Array.from({ length: 40 }, () =>
        store === 7 ? at('/status/500') : at('/status/404'),
      ),
    }));
    const path = runs.workspace.write('m.json', { stores });
    const { code, stdout } = await runShell(
      `imgjob run --sleep 0 --progress none "${path}" | { sleep 0.5; cat; }`,
    );
    expect(code).toBe(1);
    expect(stdout.length).toBeGreaterThan(3_000_000);
    expect(resultsSchema.parse(JSON.parse(stdout)).stores).toHaveLength(300);
  });

  it('whose reader closes early ends the run quietly, with the job’s exit code', async () => {
    const path = runs.workspace.write('m.json', goodManifest('half-read', 1000));
    const { code, stdout, stderr } = await runShell(
      `imgjob run --sleep 0 --progress none "${path}" | head -c 100`,
    );
    expect(code).toBe(0);
    expect(stdout).toHaveLength(100);
    expect(stderr).not.toMatch(/EPIPE|Error|imgjob:/);
    expect(stderr).toContain('results  standard output, closed by its reader before the end\n');
  });

  it('that is full is exit 3 and says why', async () => {
    const path = runs.workspace.write('m.json', goodManifest());
    const { code, stderr } = await runShell(`imgjob run --sleep 0 "${path}" > /dev/full`);
    expect(code).toBe(3);
    expect(stderr).toContain("can't write to standard output: no space left");
  });

  it('is read by jq whatever the manifest holds', async () => {
    const stores = [
      { store_id: 'S\ud800\\ud800\ud83d\ude00', images: [`${runs.at('/none')}\udc00`] },
    ];
    const path = runs.workspace.write('m.json', JSON.stringify({ job_id: 'halves', stores }));
    const { code, stdout } = await runShell(
      `imgjob run --sleep 0 "${path}" | jq -r '.stores[0] | .store_id, .images[0].url'`,
    );
    expect(code).toBe(1);
    expect(stdout).toBe(`S\ufffd\\ud800😀\n${runs.at('/none')}\ufffd\n`);
  });

  it('does not suffer from a closed standard error', async () => {
    const path = runs.workspace.write('m.json', mixedManifest());
    const { code, stdout } = await runShell(`imgjob run --sleep 0 "${path}" 2>&-`);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).status).toBe('failed');
  });
});
