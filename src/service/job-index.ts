import { ImgjobError } from '../errors.ts';
import { JOB_ID } from '../job-id.ts';
import type { JobRecord } from './job-record.ts';

export type Page = {
  /** The newest first. */
  records: JobRecord[];
  /** Where the next page begins; null after the last job. */
  next: string | null;
};

export type PageRequest = {
  /** Jobs of this status alone; null for all. */
  status: JobRecord['status'] | null;
  accepts(record: JobRecord): boolean;
  limit: number;
  /** A `next` of an earlier page; null for the first. */
  after: string | null;
};

/** All jobs of a state folder, in the order they were handed in. */
export type JobIndex = {
  /** By its id, in any case; null where there is none. */
  get(job_id: string): JobRecord | null;
  /** The job that was handed in with such a key; null where there is none. */
  byKey(key: string): JobRecord | null;
  /** Adds a job, or takes the place of what is known of it. */
  put(record: JobRecord): void;
  remove(job_id: string): void;
  /** Throws `usage` for an `after` that is none. */
  page(request: PageRequest): Page;
  /** The oldest first. */
  all(): readonly JobRecord[];
};

/** `onChange` is told what was put and, with null, what was removed. */
export function createJobIndex(
  onChange: (job_id: string, record: JobRecord | null) => void = () => {},
): JobIndex {
  const byId = new Map<string, JobRecord>();
  const byKey = new Map<string, JobRecord>();
  /** Of each status by itself too: of a hundred thousand that have ended none is looked at for those that have not. */
  const sorted: Lists = { all: [], ongoing: [], completed: [], failed: [] };

  const listsOf = ({ status }: JobRecord) => [sorted.all, sorted[status]];

  function take(job_id: string): void {
    const known = byId.get(job_id.toLowerCase());
    if (!known) return;
    byId.delete(job_id.toLowerCase());
    if (known.key !== null) byKey.delete(known.key);
    for (const list of listsOf(known)) list.splice(placeOf(list, known), 1);
  }

  return {
    get: (job_id) => byId.get(job_id.toLowerCase()) ?? null,
    byKey: (key) => byKey.get(key) ?? null,
    put(record) {
      take(record.job_id);
      byId.set(record.job_id.toLowerCase(), record);
      if (record.key !== null) byKey.set(record.key, record);
      for (const list of listsOf(record)) insert(list, record);
      onChange(record.job_id, record);
    },
    remove(job_id) {
      take(job_id);
      onChange(job_id, null);
    },
    page({ status, accepts, limit, after }) {
      const list = sorted[status ?? 'all'];
      const place = after === null ? null : parsePlace(after);
      let index = (place === null ? list.length : placeOf(list, place)) - 1;
      const records: JobRecord[] = [];
      for (; index >= 0; index -= 1) {
        const record = list[index];
        if (!record || !accepts(record)) continue;
        if (records.length === limit) break;
        records.push(record);
      }
      const last = records.at(-1);
      return { records, next: index >= 0 && last ? `${last.at}~${last.job_id}` : null };
    },
    all: () => sorted.all,
  };
}

type Lists = Record<JobRecord['status'] | 'all', JobRecord[]>;

function insert(list: JobRecord[], record: JobRecord): void {
  const place = placeOf(list, record);
  // Most come last, and a splice looks at all the others.
  if (place === list.length) list.push(record);
  else list.splice(place, 0, record);
}

type Place = Pick<JobRecord, 'at' | 'job_id'>;

function parsePlace(text: string): Place {
  const [, at, job_id = ''] = /^(\d{1,15})~(.*)$/.exec(text) ?? [];
  if (at !== undefined && JOB_ID.test(job_id)) return { at: Number(at), job_id };
  throw new ImgjobError('usage', 'after: expected the `next` of an earlier page');
}

/** Where it stands among the sorted, or would stand. */
function placeOf(sorted: readonly JobRecord[], place: Place): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = sorted[middle];
    if (other && isBefore(other, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ids alone tell apart what was handed in within a millisecond. */
function isBefore(a: Place, b: Place): boolean {
  return a.at < b.at || (a.at === b.at && a.job_id < b.job_id);
}
