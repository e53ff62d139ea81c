import { z } from 'zod';
import { resultsHeadSchema, time } from '../results/results-schema.ts';
import { JOB_STATES } from '../service/service.ts';

/** What the API answers, besides what is described elsewhere. */

const state = z.enum(JOB_STATES);
const rate = z.number().nullable().describe('Images a second over the last 15 s.');
const eta_ms = z.int().nullable().describe('Milliseconds to the end at that rate.');

const runner = z
  .strictObject({ pid: z.int(), host: z.string() })
  .nullable()
  .describe('The process that runs it; null where this server does not.');

export const jobEntrySchema = z.strictObject({
  job_id: z.string(),
  status: z.enum(['ongoing', 'completed', 'failed']),
  state,
  runner,
  stores: z.int(),
  images: z.int(),
  submitted_at: time.nullable().describe('Null if it was not submitted to a server.'),
  started_at: time.nullable(),
  finished_at: time.nullable(),
  duration_ms: z.int(),
  progress: z
    .strictObject({ images_done: z.int(), stores_failed: z.int(), rate, eta_ms })
    .nullable()
    .describe('How it goes on; null while it does not run.'),
});

export const submittedSchema = jobEntrySchema.extend({ warnings: z.array(z.string()) });

export const jobListSchema = z.strictObject({
  jobs: z.array(jobEntrySchema).describe('The newest first.'),
  next: z.string().nullable().describe('The `after` of the next page; null after the last job.'),
});

/** The head of the results with how the job goes on. */
export const jobStatusSchema = resultsHeadSchema.extend({ state, runner, rate, eta_ms });

export const problemSchema = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('For people.'),
    code: z.string().describe('Never changes: programs go by it.'),
    hint: z.string().optional(),
    problems: z
      .array(
        z.strictObject({
          line: z.int(),
          column: z.int(),
          path: z.string(),
          message: z.string(),
        }),
      )
      .optional()
      .describe('Of a manifest, the first 20.'),
  })
  .describe('RFC 9457.');

export const olderStatusSchema = z.strictObject({
  status: z.enum(['ongoing', 'completed', 'failed']),
  job_id: z.string(),
  error: z.array(z.strictObject({ store_id: z.string(), error: z.string() })),
});

export type JobEntry = z.infer<typeof jobEntrySchema>;
