import { z } from 'zod';
import { ImgjobError } from '../errors.ts';
import { JOB_ID } from '../job-id.ts';
import { resultsHeadSchema, time } from '../results/results-schema.ts';
import { jsonValue } from '../syntax/json-value.ts';
import { startOf } from './answer-text.ts';

/** What is read of a server's answers: what else is in there is passed over. */

/** A status names every store that has failed. */
const MAX_ANSWER = 128 * 2 ** 20;

/** Files are called by it. */
const job_id = z.string().regex(JOB_ID);
const state = z.string().regex(/^[a-z-]{1,40}$/);

const runner = z.object({ pid: z.int(), host: z.string() }).nullable();

const entrySchema = z.object({
  job_id,
  status: z.enum(['ongoing', 'completed', 'failed']),
  state,
  runner,
  stores: z.int(),
  images: z.int(),
  started_at: time.nullable(),
  duration_ms: z.number(),
});
const listSchema = z.object({ jobs: z.array(entrySchema), next: z.string().nullable() });
const statusSchema = resultsHeadSchema.extend({
  job_id,
  state,
  runner,
  rate: z.number().nullable(),
  eta_ms: z.number().nullable(),
});
const submittedSchema = entrySchema.extend({ warnings: z.array(z.string()) });

export type ServerJob = z.infer<typeof entrySchema>;

export async function readEntry(response: Response): Promise<ServerJob> {
  return checked(entrySchema, response);
}

export async function readSubmitted(response: Response) {
  return checked(submittedSchema, response);
}

export async function readList(response: Response) {
  return checked(listSchema, response);
}

export async function readStatus(response: Response) {
  return checked(statusSchema, response);
}

async function checked<T>(schema: z.ZodType<T>, response: Response): Promise<T> {
  const { text, isCut } = await startOf(response, MAX_ANSWER);
  const outcome = schema.safeParse(isCut ? null : jsonValue(text));
  if (outcome.success) return outcome.data;
  throw foreignServer();
}

/** The error for an answer that `imgjob serve` would not give. */
export function foreignServer(): ImgjobError {
  return new ImgjobError('server-unreachable', 'the server there is not an imgjob server');
}
