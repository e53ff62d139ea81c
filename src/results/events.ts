import { z } from 'zod';
import { JOB_ID } from '../job-id.ts';
import { FAILURE_BUDGET } from '../options/failure-budget.ts';
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

// The longest delay a timer takes.
const duration = z.int().nonnegative().max(2_147_483_647);

export const jobOptionsSchema = z.strictObject({
  concurrency: z.int().positive(),
  sleep_ms: duration,
  prefetch: z.boolean(),
  timeout_ms: duration.positive(),
  stall_timeout_ms: duration.positive(),
  connect_timeout_ms: duration.positive(),
  max_bytes: z.int().positive(),
  max_redirects: z.int().nonnegative(),
  retries: z.int().nonnegative(),
  retry_delay_ms: duration.positive(),
  retry_max_delay_ms: duration.positive(),
  /** Names alone: values may be secret. */
  headers: z.array(z.string()),
  user_agent: z.string().nullable(),
  cacert: z.string().nullable(),
  insecure: z.boolean(),
  deny_private: z.boolean(),
  allow_hosts: z.array(z.string()),
  deny_hosts: z.array(z.string()),
  max_per_host: z.int().positive().nullable(),
  rate: z.number().positive().nullable(),
  /** The first failed store that is not allowed stops the job. */
  fail_fast: z.boolean(),
  /** A failed image does not stop its store. */
  keep_going: z.boolean(),
  /** So many failed stores are allowed: `3`, or `5%` of all. */
  allow_failures: z.string().regex(FAILURE_BUDGET).nullable(),
  /** The path of a module that does the work in place of the sleep. */
  work: z.string().nullable(),
  /** Images at work at once, over all stores; null is as many as there are cores. */
  work_concurrency: z.int().positive().nullable(),
  work_timeout_ms: duration.positive(),
});

// Journals of before there were such options lack them.
const optionsOfStart = jobOptionsSchema.extend({
  prefetch: z.boolean().default(false),
  fail_fast: z.boolean().default(false),
  keep_going: z.boolean().default(false),
  allow_failures: jobOptionsSchema.shape.allow_failures.default(null),
  work: z.string().nullable().default(null),
  work_concurrency: z.int().nullable().default(null),
  work_timeout_ms: z.int().default(60_000),
});

const ofJob = { t: time, job_id: z.string().regex(JOB_ID) };
const ofStore = { ...ofJob, store: count };
const ofImage = { ...ofStore, image: count };

export const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...ofJob,
    type: z.literal('job_started'),
    schema_version: z.literal(1),
    stores: count,
    images: count,
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
    attempt: z.int().positive(),
    code: faultCode,
    http_status: z.int().nullable(),
    host: z.string().nullable(),
    bytes: count,
    download_ms: milliseconds,
    wait_ms: milliseconds,
  }),
  z.strictObject({ ...ofImage, type: z.literal('image_finished'), result: imageResultSchema }),
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
]);

export type JobOptions = z.infer<typeof jobOptionsSchema>;
export type JobEvent = z.infer<typeof eventSchema>;
