import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BIN, ENVIRONMENT } from '../support/cli.ts';
import { setUpFleet, type TestWorker, withoutTimes } from '../support/fleets.ts';
import { createRandom } from '../support/random.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

/** Of runner, workers and Redis, over a job, and over it again while there are more. */
const KILLS = Number(process.env.FLEET_KILLS ?? 100);
const SEED = Number(process.env.SEED ?? 1);
const WORKERS = 3;
const STORES = 40;
const IMAGES = 20;

describe.skipIf(!HAS_REDIS)('a job in which anything is killed at any time', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet({ redis: ['--appendonly', 'yes', '--appendfsync', 'everysec'] });
  const random = createRandom(SEED);

  const manifestOf = () => {
    const stores = Array.from({ length: STORES }, (_, store) => ({
      store_id: `S${store}`,
      images: Array.from({ length: IMAGES }, (__, image) =>
        runs.at(random.below(60) === 0 ? '/status/404' : `/png/${store + 1}x${image + 1}`),
      ),
    }));
    return runs.workspace.write('m.json', { job_id: 'battered', stores });
  };

  /** A runner: it starts the job, or goes on with it. */
  function startRunner(manifest: string): { child: ChildProcess; ended: Promise<number | null> } {
    const args = ['run', '--resume', '--sleep', '400ms', ...fleet.at, '-q', '-o', 'fleet.json'];
    const child = spawn(process.execPath, [BIN, ...args, manifest], {
      cwd: runs.workspace.folder,
      env: { ...ENVIRONMENT, IMGJOB_STATE_DIR: runs.workspace.state },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return { child, ended: new Promise((resolve) => child.once('close', resolve)) };
  }

  it(
    'ends with the results of an undisturbed run on one machine, but for times',
    async () => {
      const manifest = manifestOf();
      const alone = await runs.run(['--no-state', '-o', 'alone.json', manifest]);
      const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
      const startWorker = () => fleet.worker(['-c', '4']);
      const workers: TestWorker[] = await Promise.all(Array.from({ length: WORKERS }, startWorker));
      let kills = 0;
      const killOne = async (runner: ChildProcess) => {
        const victim = random.below(WORKERS + 2);
        if (victim === WORKERS) {
          runner.kill('SIGKILL');
        } else if (victim > WORKERS) {
          await fleet.redis.kill();
          await delay(random.below(300));
          await fleet.redis.start();
        } else {
          workers[victim]?.kill('SIGKILL');
          workers[victim] = await startWorker();
        }
        kills += 1;
      };
      while (kills < KILLS) {
        let runner = startRunner(manifest);
        for (;;) {
          const pause = kills < KILLS ? delay(random.below(1500)) : new Promise(() => {});
          const code = await Promise.race([runner.ended, pause.then(() => 'on' as const)]);
          if (code === 'on') {
            await killOne(runner.child);
          } else if (code === null) {
            runner = startRunner(manifest);
          } else {
            expect(code).toBe(alone.code);
            break;
          }
        }
        expect(withoutTimes(read('fleet.json'))).toEqual(withoutTimes(read('alone.json')));
      }
    },
    60_000 + KILLS * 15_000,
  );
});
