import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

const AREA =
  'export default (image) => ({ area: image.width * image.height, bytes: image.bytes.length });';
const BATCHES = `export const batch = { size: 8, wait_ms: 500 };
export default (images) => images.map(() => images.length);`;

describe.skipIf(!HAS_REDIS)('work in a fleet', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();
  const good = (job_id = 'good') =>
    runs.workspace.write(`${job_id}.json`, runs.goodManifest(job_id));
  /** The ids of the stores that wait in a queue. */
  const waiting = (queue: string) => fleet.redis.client.lrange(`{imgjob}:${queue}:wait`, 0, -1);

  it('is done by workers that have it, whatever others are there; the run says when none is', async () => {
    const area = runs.workspace.write('area.mjs', AREA);
    let said = '';
    const running = runs.run([...fleet.at, '--work', 'area', good()], {
      onStart(child) {
        child.stderr?.on('data', (text) => {
          said += text;
        });
      },
    });
    // Meanwhile other work is done, in batches of images of several stores.
    const module = runs.workspace.write('batches.mjs', BATCHES);
    await fleet.worker(['--work', module, '-c', '8']);
    const stores = Array.from({ length: 16 }, (_, at) => ({
      store_id: `S${at}`,
      images: [runs.at(`/png/${at + 1}x2`)],
    }));
    const manifest = runs.workspace.write('b.json', { job_id: 'batched', stores });
    const { code, stdout } = await runs.run([...fleet.at, '--work', module, manifest]);
    expect(code).toBe(0);
    const sizes = JSON.parse(stdout).stores.flatMap(
      ({ images }: { images: { output: number }[] }) => images.map(({ output }) => output),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(1);
    await expect.poll(() => said).toContain('warning: no worker has the work area');
    await fleet.worker(['--work', area]);
    const done = await running;
    expect(done.code).toBe(0);
    const [{ images }] = JSON.parse(done.stdout).stores;
    expect(images.map(({ output }: { output: unknown }) => output)).toEqual([
      { area: 1, bytes: expect.any(Number) },
      { area: 2, bytes: expect.any(Number) },
    ]);
  });

  it('that can not be loaded is exit code 2 of the worker', async () => {
    const module = runs.workspace.write('broken.mjs', 'export default 7;');
    const { code, stderr } = await runs.run(['--no-state', '--work', module, good()]);
    const worker = await runCli(['worker', ...fleet.at, '--work', module]);
    expect([code, worker.code]).toEqual([2, 2]);
    const why = /can't use .*/.exec(stderr)?.[0] ?? 'nothing';
    expect(worker.stderr).toContain(why);
  });

  it('at an image at which three workers died in a row fails, and --keep-going goes on after it', async () => {
    const running = runs.run([...fleet.at, '--keep-going', good('poison')]);
    await expect.poll(async () => (await waiting('stores')).length).toBe(1);
    const [id = ''] = await waiting('stores');
    await fleet.redis.client.hset(`{imgjob}:stores:${id}`, 'i:takes', '3');
    await fleet.worker();
    const { code, stdout } = await running;
    expect(code).toBe(1);
    const [store] = JSON.parse(stdout).stores;
    expect(store.error).toMatchObject({ code: 'worker-lost', image: 0 });
    expect(store.images.map(({ status }: { status: string }) => status)).toEqual([
      'failed',
      'completed',
    ]);
  });

  it('is bounded by what the worker allows', async () => {
    await fleet.worker(['--max-bytes', '10', '--deny-host', 'never.example']);
    const { code, stdout } = await runs.run([...fleet.at, good('bounded')]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).stores[0].error.code).toBe('too-large');
  });
});
