import type { Log } from '../terminal/log.ts';
import { programName } from '../terminal/program-name.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { RedisAddress } from './address.ts';
import { DEFAULT_PREFIX, queueOf, workOf } from './keys.ts';
import type { WorkerMessage } from './messages.ts';

/** So long workers may stay away before that is said. */
const PATIENCE_MS = 10_000;

/** The options that lead to a fleet; a password is in no line that is printed, and comes from IMGJOB_REDIS. */
export function optionsFor({ shown, password }: RedisAddress, prefix: string): string[] {
  const where = password === null ? ['--redis', shown] : [];
  return prefix === DEFAULT_PREFIX ? where : [...where, '--redis-prefix', prefix];
}

/** How to start a worker, in a sentence. */
export function workerCommand(address: RedisAddress, prefix: string): string {
  const words = ['worker', ...optionsFor(address, prefix)].map(shellWord);
  const given = address.password === null ? '' : ', with the address in IMGJOB_REDIS,';
  return `Start one${given} with: ${programName()} ${words.join(' ')}`;
}

type Absence = { since: number; said: 'nothing' | 'nobody' | 'not this work' };

/** Says where stores wait for workers that are not there: once, and once more when they come. */
export function createAbsences({ command, log }: { command: string; log: Log }) {
  const missing = new Map<string, Absence>();
  const has = (queue: string, workers: readonly WorkerMessage[]) =>
    workers.some(({ work }) => queueOf(work) === queue);

  /** Whether others are there, but for long none that has this work. */
  function isToBeSaid({ since, said }: Absence, workers: readonly WorkerMessage[]): boolean {
    if (said === 'not this work' || (said === 'nobody' && workers.length === 0)) return false;
    return performance.now() - since >= PATIENCE_MS;
  }

  return {
    /** A job begins: that nobody is there at all is said at once. */
    begin(queue: string, workers: readonly WorkerMessage[]): void {
      if (workers.length > 0 || missing.has(queue)) return;
      log(`no worker is there: the stores wait for one. ${command}`);
      missing.set(queue, { since: performance.now(), said: 'nobody' });
    },
    look(queues: readonly string[], workers: readonly WorkerMessage[]): void {
      for (const queue of queues) {
        const absence = missing.get(queue) ?? { since: performance.now(), said: 'nothing' };
        if (has(queue, workers)) {
          if (absence.said !== 'nothing') log('workers are there: the stores go on');
          missing.delete(queue);
          continue;
        }
        missing.set(queue, absence);
        if (!isToBeSaid(absence, workers)) continue;
        absence.said = 'not this work';
        log(`warning: no worker has ${nameOf(queue)}: the stores wait for one`);
      }
    },
  };
}

function nameOf(queue: string): string {
  const work = workOf(queue);
  return work === null ? 'the sleep for its work' : `the work ${work}`;
}
