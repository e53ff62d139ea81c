import { ImgjobError } from '../errors.ts';

/** How all keys begin unless it is said: the braces keep them together in a cluster. */
export const DEFAULT_PREFIX = '{imgjob}';

/** The names of everything that the fleet keeps in Redis. */
export type Keys = {
  prefix: string;
  /** The major version of those who use this prefix. */
  version: string;
  /** Workers by the time of their last beat. */
  workers: string;
  /** What one of them says of itself, and what its slots do. */
  worker(id: string): { about: string; slots: string };
  /** A run of a job: what all of its stores have in common, and how far it is; no commit without it. */
  run(run: string): string;
  /** Its results on their way to the runner. */
  results(run: string): string;
  /** The positions of its stores that are with the fleet. */
  open(run: string): string;
  /** A store, as BullMQ keeps it. */
  store(queue: string, id: string): string;
  /** Its lock, as BullMQ names it. */
  lock(queue: string, id: string): string;
  /** Requests to a host: those under way, and when the next may begin. */
  host(limits: string, host: string): { leases: string; opens: string };
};

const PREFIX = /^[\w.{}-]{1,64}$/;

/** Throws `usage` for a prefix that can't be. */
export function createKeys(given: string): Keys {
  if (!PREFIX.test(given) || (/[{}]/.test(given) && !/^[^{}]*\{[^{}]+\}[^{}]*$/.test(given))) {
    const message =
      '--redis-prefix: expected 1 to 64 of A-Z a-z 0-9 . _ -, and braces around a part at most';
    throw new ImgjobError('usage', message);
  }
  const prefix = given.includes('{') ? given : `{${given}}`;
  const worker = (id: string) => `${prefix}:worker:${id}`;
  const run = (id: string) => `${prefix}:run:${id}`;
  return {
    prefix,
    version: `${prefix}:version`,
    workers: `${prefix}:workers`,
    worker: (id) => ({ about: worker(id), slots: `${worker(id)}:slots` }),
    run,
    results: (id) => `${run(id)}:results`,
    open: (id) => `${run(id)}:open`,
    store: (queue, id) => `${prefix}:${queue}:${id}`,
    lock: (queue, id) => `${prefix}:${queue}:${id}:lock`,
    host: (limits, host) => ({
      leases: `${prefix}:host:${limits}:${host}:leases`,
      opens: `${prefix}:host:${limits}:${host}:opens`,
    }),
  };
}

/** The queue of stores whose work is the sleep. */
const SLEEP_QUEUE = 'stores';

/** The queue of a work, by its name: stores are done by workers that have it. */
export function queueOf(work: string | null): string {
  return work === null ? SLEEP_QUEUE : `work.${work}`;
}

/** The name of a work without its queue; null for the sleep. */
export function workOf(queue: string): string | null {
  return queue.startsWith('work.') ? queue.slice('work.'.length) : null;
}

/**
 * The name by which runs and workers know a work: of a module the name of its
 * file without its folders and ending, of a package its own.
 */
export function fleetWorkName(work: string): string {
  const isFile = /^([./~\\]|[A-Za-z]:[\\/])/.test(work);
  const name = isFile ? (work.split(/[/\\]/).at(-1) ?? '').replace(/\.[cm]?[jt]sx?$/, '') : work;
  return name.replaceAll(/[^\w.@-]/g, '.');
}

/** The id under which a store is in its queue. */
export function storeKey(run: string, position: number): string {
  return `${run}-${position}`;
}
