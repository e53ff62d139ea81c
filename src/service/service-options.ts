import type { ReadInput } from '../manifest/read-all.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { Runner } from '../runner/runner.ts';
import type { State } from '../state/locate.ts';
import type { Log } from '../terminal/log.ts';
import type { QueueLimits } from './queue.ts';

/** What the operator of a server has decided. */
export type ServiceOptions = QueueLimits & {
  state: State;
  runner: Runner;
  /** What a job does where its submission says nothing else, and the most that it may ask for. */
  options: JobOptions;
  headers: Header[];
  /** Each result is brought to the disk before it counts. */
  fsync: boolean;
  log: Log;
};

/** A job that is handed in. */
export type JobSubmission = {
  read: ReadInput;
  options: JobOptions;
  /** Digests of the Idempotency-Key and of what came with it; null where there was none. */
  key: string | null;
  content: string | null;
};
