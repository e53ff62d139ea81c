import { describe, expect, it } from 'vitest';
import { readMessage, runMessageSchema } from '../../src/fleet/messages.ts';
import { runScript, SCRIPTS } from '../../src/fleet/scripts.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

const QUEUE = '{imgjob}:stores';

describe.skipIf(!HAS_REDIS)('a worker whose queue somebody else has written to', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();

  const store = (run: string, images: string[]) => ({
    ...{ run, job_id: 'bad', position: 0, known: [], failure: null },
    store: { store_id: 'S1', visit_time: null, images },
  });

  it('drops what is no store, asks for nothing that its machine denies, and goes on', async () => {
    const { client } = fleet.redis;
    const worker = await fleet.worker(['-c', '5', '--deny-private']);
    const image = runs.at('/png/1x1?of=bad');
    const many = Array.from({ length: 100_000 }, () => image);
    const jobs: Record<string, string> = {
      'no-json': '{"run":',
      'no-store': '{"run":"r"}',
      '\u001b[2Jhidden': '[]',
      huge: JSON.stringify({ any: 'x'.repeat(10_000_000) }),
      'of-no-run': JSON.stringify(store('nowhere', many)),
      'of-run-broken': JSON.stringify(store('broken', [image])),
      'of-run-headed': JSON.stringify(store('headed', [image])),
    };
    const open = async (run: string, info: string) => {
      await runScript(client, SCRIPTS.OPEN_RUN, [`{imgjob}:run:${run}`], [info, 60_000]);
      await client.hset(`{imgjob}:run:${run}:open`, '0', `of-run-${run}`);
    };
    const message = { job_id: 'bad', options: DEFAULTS, headers: [['x-a', 'b\r\nhost: c']] };
    expect(readMessage(runMessageSchema, JSON.stringify(message))).toBeNull();
    expect(
      readMessage(runMessageSchema, JSON.stringify({ ...message, headers: [] })),
    ).not.toBeNull();
    await open('broken', 'nothing');
    await open('headed', JSON.stringify(message));
    for (const [id, data] of Object.entries(jobs)) {
      const job = { name: 'store', data, opts: '{}', timestamp: 1, delay: 0, priority: 0 };
      await client.hset(`${QUEUE}:${id}`, job);
    }
    await client.set(`${QUEUE}:of-another-type`, 'x');
    const ids = [...Object.keys(jobs), 'of-another-type', 'that-is-not-there'];
    await client.lpush(`${QUEUE}:wait`, ...ids);
    await client.zadd(`${QUEUE}:marker`, 0, '0');
    const isLeft = (of: string) => client.lpos(`${QUEUE}:${of}`, 'of-no-run');
    await expect.poll(async () => (await isLeft('wait')) ?? (await isLeft('active'))).toBeNull();
    const manifest = runs.workspace.write('m.json', runs.goodManifest('after'));
    const { code, stdout } = await runs.run([...fleet.at, manifest]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).stores[0].error).toMatchObject({ code: 'blocked-address' });
    expect(runs.server.requests).toEqual([]);
    expect(worker.said()).toContain('no-store is not a store of imgjob: it is dropped');
    // Another worker may be able to read the run.
    expect(worker.said()).toContain("a store can't be done here");
    expect(worker.said()).not.toContain('\u001b');
  });
});
