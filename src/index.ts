/** The programmatic API: the engine, and the effects the command line gives it. */

export { ImgjobError } from './errors.ts';
export { createDownloader } from './image/download.ts';
export { createMeasurer } from './image/measure.ts';
export { type Controller, createController, type Job, type JobStart } from './job/controller.ts';
export { documentErrors, documentHead, documentStores } from './job/document.ts';
export type { Effects, Fault, Measurer, Received, Size, WorkImage } from './job/effects.ts';
export type { JobEvent, JobOptions } from './job/events.ts';
export type { Manifest, Store } from './job/manifest.ts';
export type { Fold } from './job/results.ts';
export { createMemoryResults, type ResultsStore } from './job/results-store.ts';
export type { ImageResult, ResultsHead, StoreResult } from './job/schema.ts';
export { readManifest } from './manifest/read.ts';
