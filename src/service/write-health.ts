import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, ImgjobError } from '../errors.ts';

/** What may pass: a full disk, one that is away for a while. */
const PASSING: readonly ErrorCode[] = [
  'journal-unwritable',
  'state-unwritable',
  'save-unwritable',
  'temporary-unwritable',
];

/** Whether something could not be written, which may be possible later. */
export function isUnwritable(error: unknown): error is ImgjobError {
  return error instanceof ImgjobError && PASSING.includes(error.code);
}

/** Whether a server can write down its jobs. */
export type WriteHealth = {
  /** Notes an error, where it is one of writing. */
  failed(error: unknown): void;
  /** Notes that something was written. */
  succeeded(): void;
  /** What was the matter with the last write; null where it is well. Where nothing is written by itself, this tries. */
  trouble(): ErrorCode | null;
  /** How many writes have failed. */
  failures(): number;
};

/** As much as a disk has a place for. */
const PROBE = Buffer.alloc(4096);
const PROBE_MS = 1000;

export function createWriteHealth(state: string, now: () => number): WriteHealth {
  const path = join(state, 'incoming', 'probe');
  let trouble: ErrorCode | null = null;
  let failures = 0;
  let last = 0;

  /** A load balancer sends nothing more here that would tell. */
  function probe(): void {
    if (trouble === null || now() - last < PROBE_MS) return;
    last = now();
    try {
      writeFileSync(path, PROBE, { mode: 0o600 });
      trouble = null;
    } catch {
      // It is as it was.
    }
    rmSync(path, { force: true });
  }

  return {
    failed(error) {
      if (!isUnwritable(error)) return;
      failures += 1;
      trouble = error.code;
      last = now();
    },
    succeeded() {
      trouble = null;
    },
    trouble() {
      probe();
      return trouble;
    },
    failures: () => failures,
  };
}
