import { isoTime } from '../time.ts';
import type { StoreStatus } from './results-schema.ts';

const STATUS = ['pending', 'ongoing', 'completed', 'failed', 'skipped'] as const;
const PENDING = STATUS.indexOf('pending');
const ONGOING = STATUS.indexOf('ongoing');

export type EndedStatus = Exclude<StoreStatus, 'pending' | 'ongoing'>;

export type StoreTimes = {
  status: StoreStatus;
  started_at: string | null;
  finished_at: string | null;
  /** Without the time in which the job did not run. */
  duration_ms: number | null;
};

/**
 * How each store of a job stands, in a few bytes a store. Any event may come
 * for any store, since a journal can have lost some: a store that had ended
 * and is heard of again has its end taken back first, so that the counts are
 * right whatever comes. Times are milliseconds since 1970.
 */
export function createStoreStates(total: number) {
  const statuses = new Uint8Array(total);
  const started = new Float64Array(total);
  const finished = new Float64Array(total);
  /** Store ids of the ongoing stores. */
  const open = new Map<number, string>();
  /** Milliseconds in which the job did not run between a store's start and its end. */
  const breaks = new Map<number, number>();
  const ended = { completed: 0, failed: 0, skipped: 0 };

  function status(store: number): StoreStatus {
    return STATUS[statuses[store] ?? PENDING] ?? 'pending';
  }

  function hasEnded(store: number): boolean {
    return (statuses[store] ?? PENDING) > ONGOING;
  }

  function start(store: number, store_id: string, t: number): void {
    if (statuses[store] === PENDING) started[store] = t;
    statuses[store] = ONGOING;
    open.set(store, store_id);
  }

  function finish(store: number, end: EndedStatus, t: number): void {
    statuses[store] = STATUS.indexOf(end);
    finished[store] = t;
    ended[end] += 1;
    open.delete(store);
  }

  /** Makes a store that had ended ongoing again, as if it had rested since; one that never began is pending. */
  function reopen(store: number, t: number): void {
    const end = status(store);
    if (end === 'pending' || end === 'ongoing') return;
    ended[end] -= 1;
    if (started[store] === 0) {
      statuses[store] = PENDING;
      finished[store] = 0;
      return;
    }
    pause(store, t - (finished[store] ?? t));
    finished[store] = 0;
    start(store, '', t);
  }

  function pause(store: number, ms: number): void {
    breaks.set(store, (breaks.get(store) ?? 0) + ms);
  }

  function duration(store: number): number {
    const span = (finished[store] ?? 0) - (started[store] ?? 0);
    return Math.max(0, span - (breaks.get(store) ?? 0));
  }

  function counts() {
    const over = ended.completed + ended.failed + ended.skipped;
    return { total, ...ended, ongoing: open.size, pending: total - over - open.size };
  }

  function times(store: number): StoreTimes {
    const began = started[store] ?? 0;
    return {
      status: status(store),
      started_at: isoTime(began),
      finished_at: began > 0 ? isoTime(finished[store] ?? 0) : null,
      duration_ms: hasEnded(store) && began > 0 ? duration(store) : null,
    };
  }

  /** The store that took longest among those that began and have ended; of equal ones the first. */
  function longest(): number | null {
    let found: number | null = null;
    for (let store = 0; store < total; store += 1) {
      if (!hasEnded(store) || started[store] === 0) continue;
      if (found === null || duration(store) > duration(found)) found = store;
    }
    return found;
  }

  return {
    ...{ status, hasEnded, start, finish, reopen, duration, longest, counts, times },
    /** The id of an ongoing store; empty where its start was lost. */
    idOf: (store: number) => open.get(store) ?? '',
    failed: () => ended.failed,
    /** The ongoing stores; their ids are empty where they only have what was taken over. */
    open: (): ReadonlyMap<number, string> => open,
    isPending: (store: number) => statuses[store] === PENDING,
    /** The job did not run for so long: that is no time of the ongoing stores. */
    pauseOngoing(ms: number): void {
      for (const store of open.keys()) pause(store, ms);
    },
  };
}
