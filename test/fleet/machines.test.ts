import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BIN } from '../support/cli.ts';
import { type Machines, startMachines } from '../support/machines.ts';
import { hasNamespaces } from '../support/namespace.ts';
import { makePng } from '../support/png.ts';
import { HAS_REDIS, REDIS_SERVER } from '../support/redis.ts';

const SERVER = fileURLToPath(new URL('../support/image-server.mjs', import.meta.url));
const STORES = 9;
const IMAGES = 50;

describe.skipIf(!HAS_REDIS || !hasNamespaces())('three machines', () => {
  let machines: Machines;
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-machines-'));
  beforeAll(async () => {
    machines = await startMachines(3);
  });
  afterAll(async () => {
    await machines.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('share a job, of which one is cut off in the middle and comes back: all is done once', async () => {
    const { hub, others } = machines;
    const redis = ['--port', '6379', '--bind', hub.address, '--protected-mode', 'no', '--save', ''];
    hub.spawn(REDIS_SERVER, [...redis, '--dir', folder]);
    let asked = '';
    const server = hub.spawn(process.execPath, [
      SERVER,
      hub.address,
      makePng(4, 3).toString('base64'),
    ]);
    server.stdout?.on('data', (text) => {
      asked += text;
    });
    await vi.waitFor(() => expect(asked).toContain('listening'), { timeout: 20_000 });
    const env = { IMGJOB_REDIS: `redis://${hub.address}:6379`, IMGJOB_STATE_DIR: folder };
    const said = others.map(() => '');
    others.forEach((machine, at) => {
      const worker = machine.spawn(process.execPath, [BIN, 'worker', '-c', '3'], env);
      worker.stderr?.on('data', (text) => {
        said[at] += text;
      });
    });
    await vi.waitFor(() => expect(said.join().match(/at once/g)).toHaveLength(3), {
      timeout: 30_000,
    });
    const stores = Array.from({ length: STORES }, (_, store) => ({
      store_id: `S${store}`,
      images: Array.from(
        { length: IMAGES },
        (__, image) => `http://${hub.address}:8080/${store}/${image}.png`,
      ),
    }));
    const manifest = join(folder, 'm.json');
    writeFileSync(manifest, JSON.stringify({ job_id: 'machines', stores }));
    const output = join(folder, 'out.json');
    const args = [BIN, 'run', '--sleep', '300ms', '-o', output, manifest];
    const runner = hub.spawn(process.execPath, args, env);
    const ended = new Promise((resolve) => runner.once('close', resolve));
    const [cut] = others;
    const from = (address = '') =>
      asked.split('\n').filter((line) => line.includes(`${address} /`));
    await vi.waitFor(() => expect(from(cut?.address).length).toBeGreaterThan(8), {
      timeout: 30_000,
    });
    cut?.link('down');
    const before = from(cut?.address).length;
    const mine = new Set(from(cut?.address).map((line) => / (\/\d+\/)/.exec(line)?.[1]));
    // Others go on with the stores that it had.
    const isTaken = () =>
      from().some(
        (line) => !line.includes(cut?.address ?? '-') && mine.has(/ (\/\d+\/)/.exec(line)?.[1]),
      );
    await vi.waitFor(() => expect(isTaken()).toBe(true), { timeout: 30_000 });
    cut?.link('up');
    expect(await ended).toBe(0);
    const results = JSON.parse(readFileSync(output, 'utf8'));
    expect(results.summary.images.completed).toBe(STORES * IMAGES);
    // Each of its three slots had an image at hand, which another did; and it asked again while it was cut off.
    const total = from().length;
    expect(total).toBeGreaterThanOrEqual(STORES * IMAGES);
    expect(total).toBeLessThanOrEqual(STORES * IMAGES + 20);
    expect(before).toBeGreaterThan(0);
  });
});
