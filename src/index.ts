/** The programmatic API: the engine of `imgjob run` for other programs. */

export { type ReadManifestOptions, readManifest } from './api/read-manifest.ts';
export { type Results, type RunningJob, runJob } from './api/run-job.ts';
export type { RunJobOptions } from './api/run-job-options.ts';
export type { BatchWork, Work, WorkContext, WorkedImage } from './api/work.ts';
export { type ErrorCode, ImgjobError } from './errors.ts';
export type { Manifest, Store } from './manifest/manifest.ts';
export type { JobEvent } from './results/events.ts';
export type {
  ImageError,
  ImageResult,
  Json,
  StoreError,
  StoreResult,
} from './results/results-schema.ts';
