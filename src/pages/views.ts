import type { Survey } from '../html/survey.ts';
import type { SlotActivity } from '../job/slots.ts';
import type { ImageError } from '../results/results-schema.ts';
import type { JobStateWord } from '../service/service.ts';

/** What pages show, and all that they know of the server behind them. */

/** A job among others. */
export type ServedJob = {
  job_id: string;
  state: JobStateWord;
  stores: number;
  images: number;
  submitted_at: string | null;
  started_at: string | null;
  duration_ms: number;
  /** Null while it does not run. */
  progress: {
    images_done: number;
    stores_failed: number;
    /** Images a second, and milliseconds to go; null while nothing can be said. */
    rate: number | null;
    eta_ms: number | null;
  } | null;
};

/** A worker of the fleet that runs the stores. */
export type ServedWorker = {
  host: string;
  pid: number;
  version: string;
  /** The name of its work; null for the sleep. */
  work: string | null;
  slots: number;
  busy: number;
  images: number;
  images_per_second: number;
  beat_ms_ago: number;
};

export type JobsPageView = {
  /** The newest first. */
  jobs: ServedJob[];
  /** The state that was asked for; null for all. */
  state: JobStateWord | null;
  /** Where this page of the list begins; null for the first. */
  after: string | null;
  /** Where the next one begins; null where there is none. */
  next: string | null;
  counts: { running: number; queued: number };
  /** Null where this process runs the stores. */
  workers: readonly ServedWorker[] | null;
};

/** A failure of a job that runs. */
export type LatestFailure = {
  t: string;
  store_id: string;
  /** Its position in the store. */
  image: number;
  url: string;
  error: ImageError;
};

/** One job at one moment. */
export type JobPageView = {
  head: Survey['head'];
  state: JobStateWord;
  rate: number | null;
  eta_ms: number | null;
  failures: Survey['failures'];
  /** The newest first; of a job that runs. */
  latest: LatestFailure[];
  /** What the work is called, where a module does it. */
  work: string | null;
  /** What its slots do. */
  slots: SlotActivity[];
  /** The time by which they count: monotonic milliseconds. */
  now: number;
};

/** What of a job's timeline there is so far. */
export type TimelineView = Pick<Survey, 'timeline' | 'head'> & {
  /** How many images it is of; null where it is of all. */
  last_images: number | null;
};
