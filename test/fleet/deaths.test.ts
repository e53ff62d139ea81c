import { describe, expect, it } from 'vitest';
import { createKeys, queueOf } from '../../src/fleet/keys.ts';
import { runScript, SCRIPTS } from '../../src/fleet/scripts.ts';
import { keysOfHold } from '../../src/worker/commits.ts';
import { MOST_DEATHS } from '../../src/worker/deaths.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

const DEADLY_WIDTH = 7;
/** Kills its process soon after an image of one width has come; all others take longer than that. */
const DEADLY = `export default async ({ width }) => {
  if (width === ${DEADLY_WIDTH}) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100);
  await new Promise((resolve) => setTimeout(resolve, 400));
};`;

describe.skipIf(!HAS_REDIS)('an image that kills the worker which has it', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();
  const keys = createKeys('{imgjob}');
  const queue = queueOf('deadly');
  const key = (name: string) => `${keys.prefix}:${queue}:${name}`;

  /** What is over after 10 s of waiting otherwise: the locks of a dead worker, and two looks at them. */
  async function forgetDead(): Promise<void> {
    const { client } = fleet.redis;
    const active = await client.lrange(key('active'), 0, -1);
    await client.del(key('stalled-check'), ...active.map((id) => keys.lock(queue, id)));
    if (active.length > 0) await client.sadd(key('stalled'), ...active);
  }

  /** Runs a job in which a worker is there as long as there is something to do; answers how many died. */
  async function withWorkers(stores: { store_id: string; images: string[] }[]) {
    const module = runs.workspace.write('deadly.mjs', DEADLY);
    const manifest = runs.workspace.write('m.json', { job_id: 'deadly', stores });
    let isOver = false;
    const running = runs.run([...fleet.at, '--work', module, manifest]).finally(() => {
      isOver = true;
    });
    let deaths = 0;
    for (;;) {
      const worker = await fleet.worker(['--work', module, '-c', '4']);
      await Promise.race([worker.ended, running]);
      if (isOver) break;
      deaths += 1;
      await forgetDead();
    }
    const { code, stdout } = await running;
    return { code, deaths, stores: JSON.parse(stdout).stores };
  }

  const image = (width: number, of: string) => runs.at(`/png/${width}x1?of=${of}`);
  const innocent = (store_id: string) => ({
    store_id,
    images: [image(1, store_id), image(2, store_id)],
  });
  type Store = { images: { status: string; error: { code: string } | null }[] };
  const statuses = ({ images }: Store) => images.map(({ status, error }) => error?.code ?? status);

  it('fails alone after three deaths, also beside images that were at hand each time', async () => {
    const deadly = { store_id: 'deadly', images: [1, DEADLY_WIDTH, 3].map((w) => image(w, 'd')) };
    const all = [deadly, innocent('a'), innocent('b'), innocent('c')];
    const { code, deaths, stores } = await withWorkers(all);
    expect(stores.map(statuses)).toEqual([
      ['completed', 'worker-lost', 'skipped'],
      ['completed', 'completed'],
      ['completed', 'completed'],
      ['completed', 'completed'],
    ]);
    expect(stores[0].error).toMatchObject({ code: 'worker-lost', image: 1 });
    expect([code, deaths]).toEqual([1, 3]);
  });
});

describe.skipIf(!HAS_REDIS)('deaths at an image', () => {
  const fleet = setUpFleet();
  const [run, queue, id, token] = ['r', 'stores', 'r-0-1', 'token'];
  const keys = createKeys('{imgjob}');
  const places = keysOfHold(keys, { run, queue, id, token, position: 0 });
  const { run: ofRun, store, lock, results, open } = places;

  const script = (name: keyof typeof SCRIPTS, names: string[], values: (string | number)[]) =>
    runScript(fleet.redis.client, SCRIPTS[name], names, values);
  const begin = (isAlone = true) =>
    script('BEGIN', [ofRun, store, lock, open], [token, 0, id, MOST_DEATHS - 1, isAlone ? 1 : 0]);
  const commit = (image: number) => {
    const values = [token, 0, '[]', image - 1, image, ''];
    return script('COMMIT', [ofRun, store, lock, results, open], values);
  };
  const handBack = () => script('FORGIVE', [store], []);
  const restarted = async () => {
    const server = (await fleet.redis.client.hget(ofRun, 'server')) ?? '';
    await fleet.redis.client.hset(ofRun, 'server', 'another');
    expect(await begin()).toEqual(['stale']);
    await fleet.redis.client.hset(ofRun, 'server', server);
  };
  const waits = async () => expect(await begin(false)).toEqual(['alone']);
  const newRunner = () => script('TAKE_UP_RUN', [ofRun, open], ['{}', 60_000]);

  /** What happens before somebody takes the store once more; who dies does nothing after its last step. */
  const HISTORIES: [what: string, steps: (() => Promise<unknown>)[], deaths: number][] = [
    ['count, one after another', [begin, begin, begin], 3],
    ['count after a commit, the first one too', [begin, () => commit(0), begin, begin], 3],
    ['count anew after a commit', [begin, begin, begin, () => commit(0)], 1],
    ['are none where the store was handed back', [begin, handBack, begin, handBack], 0],
    ['are none where it was handed back after a commit', [begin, () => commit(0), handBack], 0],
    ['stay what they are when one hands it back', [begin, begin, begin, handBack], 2],
    ['stay what they are when one waits to have it alone', [begin, begin, waits, waits], 2],
    ['are none of the runner', [begin, newRunner, newRunner], 1],
    ['are none of Redis', [begin, restarted, restarted], 1],
  ];

  it.each(HISTORIES)('%s', async (_, steps, deaths) => {
    const { client } = fleet.redis;
    await script('OPEN_RUN', [ofRun], ['{}', 60_000]);
    await client.hset(open, '0', id);
    await client.set(lock, token);
    for (const step of steps) await step();
    const [word, , , , , takes] = (await begin()) as string[];
    expect([word, Number(takes) - 1]).toEqual(['ok', deaths]);
  });
});
