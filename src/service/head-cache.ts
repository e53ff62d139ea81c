import type { documentHead } from '../results/document.ts';
import type { FailureGroup } from '../results/failures.ts';
import { jsonLine } from '../terminal/prose.ts';
import type { JobRecord } from './job-record.ts';

/** How a job stands, without its errors. */
export type JobHead = {
  document: ReturnType<typeof documentHead>;
  failures: { groups: FailureGroup[]; ungrouped: number };
};

/** `errors` are as JSON, and can be read once, until it is given back. */
export type OpenHead = {
  head: JobHead;
  errors: AsyncIterable<string> | Iterable<string>;
  release(): Promise<void>;
};

/** In characters of JSON. The errors of one are long where hundreds of thousands of stores have failed. */
const MOST_OF_ONE = 40 * 2 ** 20;
const MOST_OF_ALL = 64 * 2 ** 20;
const MOST_JOBS = 200;

/** All errors of a job, which are many at times: null where they are too many to be kept. */
export async function gatherErrors(errors: OpenHead['errors']): Promise<string[] | null> {
  const gathered: string[] = [];
  let length = 0;
  for await (const error of errors) {
    length += error.length;
    if (length > MOST_OF_ONE) return null;
    gathered.push(error);
  }
  return gathered;
}

type Kept = { open: OpenHead; length: number };

/**
 * How jobs at rest stand, each read from its journal once: whoever asks for it
 * again and again would have it read each time. A job whose journal has grown
 * since is another entry; those that nobody has asked for longest go first.
 */
export function createHeadCache() {
  const kept = new Map<string, Kept>();
  let length = 0;

  function drop(key: string): void {
    length -= kept.get(key)?.length ?? 0;
    kept.delete(key);
  }

  function get(record: JobRecord): OpenHead | null {
    const key = keyOf(record);
    const known = kept.get(key);
    if (!known) return null;
    kept.delete(key);
    kept.set(key, known);
    return known.open;
  }

  function put(record: JobRecord, head: JobHead, errors: string[]): OpenHead {
    const open = { head, errors, async release() {} };
    // Of one that has just begun, or goes on, the length is not known.
    if (record.journal_bytes === 0) return open;
    const key = keyOf(record);
    drop(key);
    const own = errors.reduce((sum, error) => sum + error.length, jsonLine(head).length);
    kept.set(key, { open, length: own });
    length += own;
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_JOBS && length <= MOST_OF_ALL) break;
      drop(oldest);
    }
    return open;
  }

  return { get, put };
}

function keyOf({ job_id, at, journal_bytes }: JobRecord): string {
  return `${job_id} ${at} ${journal_bytes}`;
}
