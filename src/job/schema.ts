import { z } from 'zod';

/**
 * The shapes that other people's scripts read: events and results, with their
 * keys in the order they are written. The engine takes only the types from
 * here; tests hold what is written against the schemas.
 */

const time = z.iso.datetime({ precision: 3 });
const milliseconds = z.int().nonnegative();
const count = z.int().nonnegative();

export const FAULT_CODES = [
  'invalid-url',
  'unsupported-scheme',
  'blocked-address',
  'dns',
  'connect',
  'tls',
  'timeout',
  'http-status',
  'too-many-redirects',
  'disconnected',
  'truncated',
  'too-large',
  'empty-body',
  'unsupported-format',
  'corrupt-image',
  'no-dimensions',
  'work',
  'internal',
] as const;
const faultCode = z.enum(FAULT_CODES);

const imageError = z.strictObject({
  code: faultCode,
  message: z.string(),
  http_status: z.int().nullable(),
  host: z.string().nullable(),
});

export const imageResultSchema = z.strictObject({
  url: z.string(),
  status: z.enum(['completed', 'failed', 'skipped', 'pending']),
  width: z.int().positive().nullable(),
  height: z.int().positive().nullable(),
  perimeter: z.int().positive().nullable(),
  twice_perimeter: z.int().positive().nullable(),
  format: z.string().nullable(),
  bytes: count.nullable(),
  attempts: count,
  started_at: time.nullable(),
  duration_ms: milliseconds.nullable(),
  download_ms: milliseconds.nullable(),
  work_ms: milliseconds.nullable(),
  output: z.json().nullable(),
  error: imageError.nullable(),
});

const storeError = z.strictObject({
  code: faultCode,
  message: z.string(),
  image: z.int().nonnegative(),
  url: z.string(),
});

export const storeResultSchema = z.strictObject({
  store_id: z.string(),
  visit_time: z.string().nullable(),
  status: z.enum(['completed', 'failed', 'skipped', 'ongoing', 'pending']),
  started_at: time.nullable(),
  finished_at: time.nullable(),
  duration_ms: milliseconds.nullable(),
  error: storeError.nullable(),
  images: z.array(imageResultSchema),
});

export const resultsHeadSchema = z.strictObject({
  schema_version: z.literal(1),
  job_id: z.string(),
  status: z.enum(['ongoing', 'completed', 'failed']),
  started_at: time.nullable(),
  finished_at: time.nullable(),
  duration_ms: milliseconds,
  summary: z.strictObject({
    stores: z.strictObject({
      total: count,
      completed: count,
      failed: count,
      skipped: count,
      ongoing: count,
      pending: count,
    }),
    images: z.strictObject({
      total: count,
      completed: count,
      failed: count,
      skipped: count,
      pending: count,
    }),
    bytes: count,
    attempts: count,
  }),
  errors: z.array(z.strictObject({ store_id: z.string(), error: z.string() })),
});

export const resultsSchema = resultsHeadSchema.extend({ stores: z.array(storeResultSchema) });

const jobOptions = z.strictObject({
  concurrency: z.int(),
  sleep_ms: z.int(),
  timeout_ms: z.int(),
  connect_timeout_ms: z.int(),
  max_bytes: z.int(),
  max_redirects: z.int(),
});

const ofJob = { t: time, job_id: z.string() };
const ofStore = { ...ofJob, store: count };
const ofImage = { ...ofStore, image: count };

export const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...ofJob,
    type: z.literal('job_started'),
    schema_version: z.literal(1),
    stores: count,
    images: count,
    options: jobOptions,
  }),
  z.strictObject({
    ...ofJob,
    type: z.literal('job_resumed'),
    retry_failed: z.boolean(),
    options: jobOptions.partial(),
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
    error: storeError.nullable(),
  }),
  z.strictObject({ ...ofJob, type: z.literal('job_interrupted'), signal: z.string() }),
  z.strictObject({
    ...ofJob,
    type: z.literal('job_finished'),
    status: z.enum(['completed', 'failed']),
  }),
]);

export type FaultCode = z.infer<typeof faultCode>;
export type ImageError = z.infer<typeof imageError>;
export type ImageResult = z.infer<typeof imageResultSchema>;
export type StoreError = z.infer<typeof storeError>;
export type StoreResult = z.infer<typeof storeResultSchema>;
export type ResultsHead = z.infer<typeof resultsHeadSchema>;
export type JobOptions = z.infer<typeof jobOptions>;
export type JobEvent = z.infer<typeof eventSchema>;
export type JobStatus = ResultsHead['status'];
export type StoreStatus = StoreResult['status'];
export type Json = z.infer<ReturnType<typeof z.json>>;
