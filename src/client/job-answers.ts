import { z } from 'zod';
import { ImgjobError } from '../errors.ts';
import { resultsHeadSchema } from '../results/results-schema.ts';

/** What is read of a server's answers: what else is in there is passed over. */

const entrySchema = z.object({
  job_id: z.string(),
  status: z.enum(['ongoing', 'completed', 'failed']),
  state: z.string(),
  stores: z.int(),
  images: z.int(),
  started_at: z.string().nullable(),
  duration_ms: z.number(),
});
const listSchema = z.object({ jobs: z.array(entrySchema), next: z.string().nullable() });
const statusSchema = resultsHeadSchema.extend({
  state: z.string(),
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
  const value: unknown = await response.json().catch(() => null);
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data;
  throw new ImgjobError('server-unreachable', 'what answers there is no imgjob server');
}
