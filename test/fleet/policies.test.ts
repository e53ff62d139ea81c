import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { setUpFleet, withoutTimes } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

/** The policies of a job, which hold wherever its stores run: `-c 1` makes what stops first certain. */
const POLICIES: [name: string, args: string[], code: number][] = [
  ['none', [], 1],
  ['--keep-going', ['--keep-going'], 1],
  ['--fail-fast', ['--fail-fast', '-c', '1'], 1],
  ['--fail-fast --allow-failures 1', ['--fail-fast', '--allow-failures', '1', '-c', '1'], 1],
  ['--fail-fast --keep-going', ['--fail-fast', '--keep-going', '-c', '1'], 1],
  ['--allow-failures 2', ['--allow-failures', '2'], 0],
  ['--allow-failures 10%', ['--allow-failures', '10%'], 1],
  ['--prefetch', ['--prefetch'], 1],
  ['--prefetch --keep-going', ['--prefetch', '--keep-going'], 1],
  ['--digest', ['--digest'], 1],
  ['--retries 0', ['--retries', '0'], 1],
  ['--retries 2', ['--retries', '2', '--retry-delay', '1ms'], 1],
];

describe.skipIf(!HAS_REDIS)('a policy', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet({ keepsWorkers: true });

  beforeAll(async () => {
    if (HAS_REDIS) await fleet.worker(['-c', '4']);
  });

  /** Good stores and bad ones, of sizes that are run one after another. */
  const manifestOf = (name: string) => {
    const good = (count: number) =>
      Array.from({ length: count }, (_, at) => runs.at(`/png/${at + 2}x3`));
    const flaky = (of: string) => runs.at(`/flaky/1?status=503&of=${name}-${of}`);
    return {
      job_id: 'policy',
      stores: [
        { store_id: 'good', images: good(6) },
        { store_id: 'flaky', images: [...good(2), flaky('a'), ...good(2)] },
        { store_id: 'bad', images: [...good(1), runs.at('/status/404'), ...good(2)] },
        { store_id: 'worse', images: [runs.at('/status/410'), runs.at('/status/404'), ...good(1)] },
        { store_id: 'empty', images: [] },
        { store_id: 'last', images: good(2) },
      ],
    };
  };

  it.each(POLICIES)('%s has the same results in a fleet as here', async (name, args, code) => {
    const outcome = async (where: string, at: string[]) => {
      // What is flaky is so for each anew; its URL is no part of what is compared.
      const path = runs.workspace.write(`${where}.json`, manifestOf(`${name}-${where}`));
      const given = ['--no-state', '-o', `${where}.out`, ...at, ...args, path];
      expect([where, (await runs.run(given)).code]).toEqual([where, code]);
      const text = readFileSync(runs.workspace.path(`${where}.out`), 'utf8');
      const plain = text.replaceAll(`${encodeURI(name)}-${where}`, '');
      return withoutTimes(plain.replaceAll(`${name}-${where}`, ''));
    };
    const [here, inFleet] = await Promise.all([outcome('here', []), outcome('fleet', fleet.at)]);
    expect(inFleet).toEqual(here);
  });

  it('--reuse takes over in a fleet what it takes over here, and fetches the rest', async () => {
    const image = (name: string) => runs.at(`/png/2x3?${name}`);
    const before = { job_id: 'reuse', stores: [{ store_id: 's', images: ['a', 'b'].map(image) }] };
    const stores = [{ store_id: 's', images: ['b', 'c', 'a'].map(image) }];
    const outputs: unknown[] = [];
    for (const at of [[], fleet.at]) {
      const where = ['--state-dir', `state-${at.length}`];
      const first = runs.workspace.write('before.json', before);
      expect(await runs.run([...where, first])).toMatchObject({ code: 0 });
      runs.server.requests.length = 0;
      const then = runs.workspace.write('then.json', { ...before, stores });
      const outcome = await runs.run([...where, '--reuse', '-o', 'out', ...at, then]);
      expect(outcome).toMatchObject({ code: 0 });
      expect(runs.server.requests.map(({ url }) => url)).toEqual(['/png/2x3?c']);
      outputs.push(withoutTimes(readFileSync(runs.workspace.path('out'), 'utf8')));
    }
    expect(outputs[1]).toEqual(outputs[0]);
  });

  it('--save is refused by a run and a server, since workers have what it would keep', async () => {
    const manifest = runs.workspace.write('save.json', manifestOf('save'));
    const run = await runs.run(['--save', 'pictures', ...fleet.at, manifest]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    const server = await runCli(['serve', '--port', '0', '--save', 'pictures', ...fleet.at], {
      cwd: runs.workspace.folder,
    });
    expect(server.code).toBe(2);
    for (const { stderr } of [run, server]) expect(stderr).toContain('workers do that');
  });
});
