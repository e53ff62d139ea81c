import { readFileSync } from 'node:fs';
import type { Manifest } from '../manifest/manifest.ts';
import { formatCount } from '../terminal/numbers.ts';
import { workThreads } from './choose-work.ts';
import type { ClaimedJob } from './open-job.ts';

/** For what is open besides connections: the standard streams, Node.js itself, names that are looked up, results. */
const RESERVED = 64;
/** Node.js alone needs some twenty; where few are allowed, that has to do for all else. */
const LEAST_SHARE = 0.25;
/** A journal and a manifest. */
const FILES_PER_JOB = 2;
/** Measured: the event loop of a thread of its own takes four. */
const FILES_PER_THREAD = 4;
/** So many connections fit nearly everywhere: where asking takes 10 ms, the limit is not asked for. */
const ALWAYS_FIT = 128;

/** What runs at once. */
export type OpenFilesNeed = {
  stores: number;
  jobs: number;
  /** Threads for work of the user's own. */
  threads: number;
};

/** What jobs need that run at once, `concurrency` stores of them; null for the most that one of them has. */
export function openFilesNeed(
  jobs: readonly (Pick<ClaimedJob, 'options'> & { manifest: Pick<Manifest, 'store_count'> })[],
  concurrency: number | null,
): OpenFilesNeed {
  const need = { stores: 0, jobs: jobs.length, threads: 0 };
  let largest = 0;
  for (const { manifest, options } of jobs) {
    need.stores += manifest.store_count;
    largest = Math.max(largest, options.concurrency);
    if (options.work !== null) need.threads = Math.max(need.threads, workThreads(options));
  }
  need.stores = Math.min(concurrency ?? largest, need.stores);
  return need;
}

export type ConnectionLimit = {
  /** Most connections at once, those at rest included; infinite where nothing limits them. */
  max_connections: number;
  /** What a person should know of it; null where all that could run at once can. */
  warning: string | null;
};

/** How many connections the limit on open files (`ulimit -n`) leaves, for stores that run at once. */
export function limitConnections(
  { stores, jobs, threads }: OpenFilesNeed,
  openFiles = readOpenFiles,
): ConnectionLimit {
  const allowed = openFiles(stores);
  if (allowed === null) return { max_connections: Number.POSITIVE_INFINITY, warning: null };
  const others = FILES_PER_JOB * jobs + FILES_PER_THREAD * threads;
  const share = Math.floor((allowed - others) * LEAST_SHARE);
  const max_connections = Math.max(1, share, allowed - RESERVED - others);
  if (max_connections >= stores) return { max_connections, warning: null };
  const needed = stores + RESERVED + others;
  const warning =
    `warning: ${formatCount(stores)} stores at once need ${formatCount(needed)} open files, ` +
    `and ${formatCount(allowed)} are allowed: at most ${formatCount(max_connections)} connections ` +
    `are open at once (raise the limit first: ulimit -n ${needed})`;
  return { max_connections, warning };
}

let known: number | null | undefined;

/** The limit on open files, which Node.js has raised as far as it may; null where there is none. Read once. */
function readOpenFiles(stores: number): number | null {
  if (process.platform !== 'linux' && stores <= ALWAYS_FIT) return null;
  known ??= process.platform === 'linux' ? readLimit() : reportedLimit();
  return known;
}

/** proc_pid_limits(5). */
function readLimit(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return reportedLimit();
  }
}

function reportedLimit(): number | null {
  // Otherwise it would look up the names of this machine's addresses.
  Object.assign(process.report, { excludeNetwork: true });
  const report: { userLimits?: { open_files?: { soft?: unknown } } } = process.report.getReport();
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : null;
}
