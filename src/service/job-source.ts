import type { DocumentSource } from '../results/document.ts';
import { unknownJob } from '../state/claim.ts';
import { readKeptJob } from '../state/kept-job.ts';
import type { State } from '../state/locate.ts';
import { filesOf } from '../state/state-folder.ts';
import type { JobRecord } from './job-record.ts';
import type { Service } from './service.ts';

/** A job as it stands now, until it is given back. */
export type HeldSource = { source: DocumentSource; release(): Promise<void> };

/** A job that runs as the runner has it, all others from the state folder. */
export async function openSource(
  service: Service,
  state: State,
  record: JobRecord,
): Promise<HeldSource> {
  const held = service.hold(record.job_id);
  if (held) return { source: held.job, release: held.release };
  return openKeptSource(state, record);
}

/** A job by its journal alone, also while it runs: what is read does not change meanwhile. */
export async function openKeptSource(state: State, { job_id }: JobRecord): Promise<HeldSource> {
  const job = await readKeptJob(filesOf(state.folder, job_id));
  if (!job) throw unknownJob(state, job_id);
  return { source: job, release: job.close };
}
