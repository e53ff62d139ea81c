import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
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
    const outputs: unknown[] = [];
    for (const [where, at] of [
      ['here', []],
      ['fleet', fleet.at],
    ] as const) {
      // What is flaky is so for each anew; its URL is no part of what is compared.
      const path = runs.workspace.write(`${where}.json`, manifestOf(`${name}-${where}`));
      const given = ['--no-state', '-o', `${where}.out`, ...at, ...args, path];
      const outcome = await runs.run(given);
      expect([where, outcome.code]).toEqual([where, code]);
      const text = readFileSync(runs.workspace.path(`${where}.out`), 'utf8');
      outputs.push(
        withoutTimes(
          text.replaceAll(`${encodeURI(name)}-${where}`, '').replaceAll(`${name}-${where}`, ''),
        ),
      );
    }
    expect(outputs[1]).toEqual(outputs[0]);
  });
});
