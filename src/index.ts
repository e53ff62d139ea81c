/** The programmatic API: the engine of `imgjob run` for other programs. */

export { createJobRunner as createRunner, type JobRunner as Runner } from './api/job-runner.ts';
export type {
  JobResumeOptions as ResumeOptions,
  JobRunnerOptions as RunnerOptions,
  JobStartOptions as StartOptions,
} from './api/job-runner-options.ts';
export type { JobStanding } from './api/kept-jobs.ts';
export {
  type ManifestDocument,
  type ReadManifestOptions,
  readManifest,
} from './api/read-manifest.ts';
export type {
  ImageResultOf as ImageResult,
  JobEventOf as JobEvent,
  Kept,
  ResultsOf as Results,
  StoreResultOf as StoreResult,
} from './api/results.ts';
export { runJob } from './api/run-job.ts';
export type { RunJobOptions } from './api/run-job-options.ts';
export type { RunningJob } from './api/running-job.ts';
export type { BatchWork, Work, WorkContext, WorkedImage } from './api/work.ts';
export { type ErrorCode, ImgjobError } from './errors.ts';
export type { Manifest, Store } from './manifest/manifest.ts';
export type { ImageError, Json, StoreError } from './results/results-schema.ts';
