import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { time } from '../results/results-schema.ts';
import type { JobFiles } from '../state/state-folder.ts';
import { jsonLine } from '../terminal/prose.ts';

const submissionSchema = z.object({
  submitted_at: time,
  /** Digests of the Idempotency-Key and of what came with it; null where there was none. */
  key: z.string().nullable(),
  content: z.string().nullable(),
});

/** How a job was handed in. Kept beside its journal: such a job is the server's to go on with. */
export type Submission = z.infer<typeof submissionSchema>;

export function writeSubmission({ submission }: JobFiles, content: Submission): void {
  writeFileSync(submission, `${jsonLine(content)}\n`, { mode: 0o600 });
}

/** Null where the job was not handed in to a server, or nobody can tell. */
export async function readSubmission({ submission }: JobFiles): Promise<Submission | null> {
  const text = await readFile(submission, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return submissionSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
