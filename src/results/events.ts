import { z } from 'zod';
import { JOB_ID } from '../job-id.ts';
import { jobOptionsSchema } from '../options/job-options.ts';
import { reasonSchema } from './reasons.ts';
import {
  count,
  faultCode,
  imageResultSchema,
  milliseconds,
  storeErrorSchema,
  time,
} from './results-schema.ts';

/**
 * What happened in a job: one flat object each, the same in memory, in a
 * journal and for `--progress json`. `store` and `image` are positions.
 */

// Journals of before there were such options lack them.
const { shape } = jobOptionsSchema;
const optionsOfStart = jobOptionsSchema.extend({
  dns_timeout_ms: shape.dns_timeout_ms.default(10_000),
  prefetch: shape.prefetch.default(false),
  fail_fast: shape.fail_fast.default(false),
  keep_going: shape.keep_going.default(false),
  allow_failures: shape.allow_failures.default(null),
  work: shape.work.default(null),
  work_concurrency: shape.work_concurrency.default(null),
  work_timeout_ms: shape.work_timeout_ms.default(60_000),
  work_batch: shape.work_batch.default(null),
  work_batch_wait_ms: shape.work_batch_wait_ms.default(null),
  work_retries: shape.work_retries.default(0),
  work_grace_ms: shape.work_grace_ms.default(10_000),
  digest: shape.digest.default(false),
  save: shape.save.default(null),
});

const ofJob = { t: time, job_id: z.string().regex(JOB_ID) };
const ofStore = { ...ofJob, store: count };
const ofImage = { ...ofStore, image: count };
// Absent where a fault's code says all, where nothing failed, and in journals of before.
const reason = reasonSchema.optional();

const checksum = z
  .string()
  .regex(/^[0-9a-f]{8}$/)
  .describe('In a journal: the CRC-32 of the bytes of the line before this key.')
  .optional();

export const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...ofJob,
    type: z.literal('job_started'),
    schema_version: z.literal(1),
    stores: count,
    images: count,
    manifest_path: z
      .string()
      .describe('The file its manifest was read from; absent if that was not a file.')
      .optional(),
    options: optionsOfStart,
  }),
  z.strictObject({
    ...ofJob,
    type: z.literal('job_resumed'),
    retry_failed: z.boolean(),
    options: jobOptionsSchema.partial(),
  }),
  z.strictObject({ ...ofStore, type: z.literal('store_started'), store_id: z.string() }),
  z.strictObject({ ...ofImage, type: z.literal('image_started'), url: z.string() }),
  z.strictObject({
    ...ofImage,
    type: z.literal('image_retrying'),
    step: z
      .literal('work')
      .describe('`work` if the work is tried again; absent for the download.')
      .optional(),
    attempt: z.int().positive(),
    code: faultCode,
    reason,
    http_status: z.int().nullable(),
    host: z.string().nullable(),
    bytes: count,
    download_ms: milliseconds,
    work_ms: milliseconds.describe('Only for an attempt at the work.').optional(),
    wait_ms: milliseconds,
  }),
  z.strictObject({
    ...ofImage,
    type: z.literal('image_finished'),
    // Ahead of the result, which ends the line: journals are read so (state/journal-results.ts).
    reason,
    reused: z.literal(true).describe('Taken over from an earlier run.').optional(),
    result: imageResultSchema,
  }),
  // Shown, never kept.
  z.strictObject({
    ...ofJob,
    type: z.literal('work_log'),
    store: count.nullable().describe('Null if its image is not known.'),
    image: count.nullable(),
    batch: z
      .int()
      .min(2)
      .describe('How many images were worked on together, of which this is the first.')
      .optional(),
    text: z.string(),
  }),
  z.strictObject({
    ...ofStore,
    type: z.literal('store_finished'),
    status: z.enum(['completed', 'failed', 'skipped']),
    error: storeErrorSchema.nullable(),
  }),
  z.strictObject({ ...ofJob, type: z.literal('job_interrupted'), signal: z.string() }),
  z.strictObject({
    ...ofJob,
    type: z.literal('job_finished'),
    status: z.enum(['completed', 'failed']),
  }),
  // After the last event of a run: its results and reports are where they were to go.
  z.strictObject({ ...ofJob, type: z.literal('results_delivered') }),
]);

/** An event as a line holds it that a program reads: in a journal a checksum of the line is its last key. */
export const eventLineSchema = z.union(
  eventSchema.options.map(({ shape }) => z.strictObject({ ...shape, checksum })),
);

export type JobEvent = z.infer<typeof eventSchema>;
/** An attempt that was made again. */
export type Retried = Extract<JobEvent, { type: 'image_retrying' }>;
/** A line that work logs or prints. */
export type WorkLog = Extract<JobEvent, { type: 'work_log' }>;
