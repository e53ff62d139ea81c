import { z } from 'zod';

/**
 * The results that other people's scripts read, with their keys in the order
 * they are written. The engine takes only the types from here; tests hold what
 * is written against the schemas.
 */

export const time = z.iso.datetime({ precision: 3 });
/** Ten thousand years: added to any time it is still one that a Date can be. */
export const MAX_MILLISECONDS = 315_576_000_000_000;
export const milliseconds = z.int().min(0).max(MAX_MILLISECONDS);
export const count = z.int().nonnegative();

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
  'bad-response',
  'truncated',
  'too-large',
  'empty-body',
  'unsupported-format',
  'corrupt-image',
  'no-dimensions',
  'work',
  'worker-lost',
  'internal',
] as const;
export const faultCode = z.enum(FAULT_CODES);

export const imageErrorSchema = z.strictObject({
  code: faultCode,
  message: z.string(),
  http_status: z.int().nullable(),
  host: z.string().nullable(),
});

/** In lower case. */
export const SHA256 = /^[0-9a-f]{64}$/;
const sha256 = z
  .string()
  .regex(SHA256)
  .describe('Of the decoded body, in hexadecimal digits; null unless --digest was given.');

/** More than any option allows: whoever goes through them all comes to an end. */
export const MAX_ATTEMPTS = 1000;

export const imageResultSchema = z.strictObject({
  url: z.string(),
  status: z.enum(['completed', 'failed', 'skipped', 'pending']),
  width: z.int().positive().nullable(),
  height: z.int().positive().nullable(),
  perimeter: z.int().positive().nullable(),
  twice_perimeter: z.int().positive().nullable(),
  format: z.string().nullable(),
  bytes: count.nullable(),
  attempts: z.int().min(0).max(MAX_ATTEMPTS),
  started_at: time.nullable(),
  duration_ms: milliseconds.nullable(),
  download_ms: milliseconds.nullable(),
  work_ms: milliseconds.nullable(),
  output: z.json().nullable(),
  // Absent in what was written before there were such keys.
  sha256: sha256.nullable().default(null),
  file: z.string().nullable().default(null),
  error: imageErrorSchema.nullable(),
});

export const storeErrorSchema = z.strictObject({
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
  error: storeErrorSchema.nullable(),
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
      // Absent in what was written before there was such a count.
      reused: count.default(0),
    }),
    bytes: count,
    attempts: count,
  }),
  errors: z.array(z.strictObject({ store_id: z.string(), error: z.string() })),
});

export const resultsSchema = resultsHeadSchema.extend({ stores: z.array(storeResultSchema) });

export type FaultCode = z.infer<typeof faultCode>;
export type ImageError = z.infer<typeof imageErrorSchema>;
export type ImageResult = z.infer<typeof imageResultSchema>;
export type StoreError = z.infer<typeof storeErrorSchema>;
export type StoreResult = z.infer<typeof storeResultSchema>;
export type ResultsHead = z.infer<typeof resultsHeadSchema>;
export type JobStatus = ResultsHead['status'];
export type StoreStatus = StoreResult['status'];
export type Json = z.infer<ReturnType<typeof z.json>>;
