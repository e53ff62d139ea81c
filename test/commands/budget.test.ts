import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BIN, runNode } from '../support/cli.ts';
import { setUpPlainRuns } from '../support/plain-server.ts';

/** What must not double unnoticed. Counts where they can be had, else processor time against a bare loop. */

const LOOP = fileURLToPath(new URL('../bench/request-loop.mjs', import.meta.url));
const IMAGES = 60;
const RUN = ['run', '--sleep', '0', '--progress', 'none', '--no-state'];

const runs = setUpPlainRuns();

/** Writes a manifest of so many images, as JSON since that is what the loop reads. */
function manifestOf(images: number): string {
  const stores = runs.server.manifest(Math.ceil(images / IMAGES), Math.min(images, IMAGES));
  return runs.workspace.write(`${images}.json`, `{"stores":[${stores.join(',')}]}`);
}

const imgjob = (manifest: string) => [BIN, ...RUN, '-o', runs.workspace.path('out.json'), manifest];

describe('an image', () => {
  const CPU = `data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();console.error('cpu',user+system)})`;

  async function cpu(args: string[]): Promise<number> {
    const { code, stderr } = await runNode(['--import', CPU, ...args], {
      cwd: runs.workspace.folder,
    });
    expect(code).toBe(0);
    return Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1000;
  }

  it('takes no more than 1.6 times the processor time that the bare loop takes for one', async () => {
    const [few, many] = [manifestOf(IMAGES), manifestOf(6000)];
    const least = { imgjob: [1e9, 1e9], loop: [1e9, 1e9] };
    const measure = async (times: number[], args: (manifest: string) => string[]) => {
      times[0] = Math.min(times[0] ?? 0, await cpu(args(few)));
      times[1] = Math.min(times[1] ?? 0, await cpu(args(many)));
    };
    for (let round = 0; round < 4; round += 1) {
      await measure(least.imgjob, imgjob);
      await measure(least.loop, (manifest) => [LOOP, manifest, '50']);
    }
    const [ours, bare] = [least.imgjob, least.loop].map(([start = 0, all = 0]) => all - start);
    expect((ours ?? 0) / (bare ?? 1)).toBeLessThan(1.6);
  });

  it('makes no hidden class of its own, which would outlive it', async () => {
    const log = runs.workspace.path('maps.log');
    const flags = ['--log-maps', '--no-logfile-per-isolate', `--logfile=${log}`];
    const classes = async (images: number) => {
      const { code } = await runNode([...flags, ...imgjob(manifestOf(images))]);
      expect(code).toBe(0);
      return readFileSync(log, 'latin1').split('\nmap,Transition').length;
    };
    const few = await classes(10 * IMAGES);
    expect((await classes(30 * IMAGES)) - few).toBeLessThan(20 * IMAGES * 0.5);
  });
});
