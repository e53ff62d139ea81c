import { ignoresHangup } from '../batch/hangup.ts';
import { catchSignals, exitCodeOf, exitNow } from '../batch/signals.ts';
import { EXIT, ImgjobError } from '../errors.ts';
import { parseRedisAddress } from '../fleet/address.ts';
import { type FleetGiven, redisOf } from '../fleet/given.ts';
import { createKeys, DEFAULT_PREFIX, fleetWorkName } from '../fleet/keys.ts';
import { noteServer } from '../fleet/notes.ts';
import { asRefusal, connectRedis } from '../fleet/redis.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { WorkLog } from '../results/events.ts';
import { createLog } from '../terminal/log.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { showShort } from '../terminal/prose.ts';
import { startWorker } from '../worker/worker.ts';

/** The options of `imgjob worker` as the command line gives them, but for those that bound jobs. */
export type WorkerGiven = Omit<FleetGiven, 'window'> & { concurrency: number; quiet: boolean };

const MAX_WORK_LINE = 1000;

/** `imgjob worker`: works on stores of other processes' jobs until a signal ends it. Answers the exit code. */
export async function worker(given: Partial<JobOptions>, options: WorkerGiven): Promise<number> {
  const { env, argv } = process;
  if (options.redis === undefined) {
    throw new ImgjobError('usage', 'a worker needs the address of Redis: --redis or IMGJOB_REDIS');
  }
  const log = createLog({ progress: 'none', quiet: options.quiet });
  const address = parseRedisAddress(await redisOf(options.redis));
  const keys = createKeys(options.redisPrefix ?? DEFAULT_PREFIX);
  const link = await connectRedis(address, log);
  try {
    await noteServer(link, log);
    const { concurrency: slots } = options;
    const working = {
      log: ({ text }: Pick<WorkLog, 'text'>) => log(`work: ${showShort(text, MAX_WORK_LINE)}`),
      debug: argv.includes('--debug'),
    };
    const running = await startWorker({
      ...{ link, keys, slots, given, env, log },
      work: { say: log, debug: working.debug, log: (text) => working.log({ text }) },
    });
    const name = given.work == null ? '' : ` for the work ${fleetWorkName(given.work)}`;
    log(`worker ${process.pid} takes ${formatCounted(slots, 'store')} at once${name}`);
    const signal = await untilSignal(env, log);
    await running.close();
    log(`stopped after ${formatCounted(running.images(), 'image')}`);
    return signal === 'SIGINT' || signal === 'SIGTERM' ? EXIT.ok : exitCodeOf(signal);
  } catch (error) {
    throw asRefusal(error, address);
  } finally {
    link.close();
  }
}

/** The first signal ends it in good order, a second one at once. */
function untilSignal(
  env: Record<string, string | undefined>,
  log: (line: string) => void,
): Promise<Parameters<typeof exitCodeOf>[0]> {
  return new Promise((resolve) => {
    catchSignals({
      onFirst(signal) {
        log(
          'stopping: finishing the images at hand and handing their stores back (again to quit at once)',
        );
        resolve(signal);
      },
      onSecond: (signal) => void exitNow(signal),
      ignoresHangup: ignoresHangup(env),
    });
  });
}
