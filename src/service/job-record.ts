import { statSync } from 'node:fs';
import { z } from 'zod';
import { readKeptJobState } from '../state/kept-job.ts';
import type { ReadJobState } from '../state/read-job-state.ts';
import type { JobFiles } from '../state/state-folder.ts';
import { readSubmission, type Submission } from './submission.ts';

/** What a list shows of a job, and what a server goes by when it starts again. */
export const jobRecordSchema = z.object({
  job_id: z.string(),
  status: z.enum(['ongoing', 'completed', 'failed']),
  stores: z.int(),
  images: z.int(),
  /** When it was handed in, or started where it was not; milliseconds since 1970. */
  at: z.number(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  duration_ms: z.number(),
  /** What stopped its last run before the end. */
  stopped_by: z.string().nullable(),
  delivered: z.boolean(),
  /** Whether it was handed in to a server. */
  submitted: z.boolean(),
  key: z.string().nullable(),
  content: z.string().nullable(),
  /** The length of its journal when this was written; of another length it is read again. */
  journal_bytes: z.int(),
});

export type JobRecord = z.infer<typeof jobRecordSchema>;

type JobLook = Pick<
  ReadJobState,
  'job_id' | 'stores' | 'images' | 'status' | 'times' | 'delivered' | 'stopped_by'
>;

/** How a job was handed in, as its record has it. */
export type HandedIn = Pick<JobRecord, 'at' | 'submitted' | 'key' | 'content'>;

export function handedIn({ submitted_at, key, content }: Submission): HandedIn {
  return { at: Date.parse(submitted_at), submitted: true, key, content };
}

export function recordOf(look: JobLook, how: HandedIn, journal_bytes: number): JobRecord {
  const { job_id, stores, images } = look;
  return {
    ...{ job_id, status: look.status(), stores, images },
    ...look.times(),
    stopped_by: look.stopped_by(),
    delivered: look.delivered(),
    ...{ at: how.at, submitted: how.submitted, key: how.key, content: how.content },
    journal_bytes,
  };
}

/** A job as its files have it; null where it was never started. Throws `journal-unreadable`. */
export async function readRecord(files: JobFiles): Promise<JobRecord | null> {
  const journal_bytes = journalBytes(files);
  const look = await readKeptJobState(files);
  if (!look) return null;
  const submission = await readSubmission(files);
  if (submission) return recordOf(look, handedIn(submission), journal_bytes);
  const at = Date.parse(look.times().started_at ?? '') || 0;
  return recordOf(look, { at, submitted: false, key: null, content: null }, journal_bytes);
}

/** The length of a job's journal; 0 where there is none. */
export function journalBytes({ journal }: JobFiles): number {
  return statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
}
