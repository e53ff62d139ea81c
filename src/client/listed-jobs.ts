import { ImgjobError, isOf } from '../errors.ts';
import { createNearNames, didYouMean } from '../terminal/near-names.ts';
import { readList, type ServerJob } from './job-answers.ts';
import type { ServerClient } from './server-client.ts';

const PAGE = 500;
/** So many are looked at for what may have been meant. */
const MAX_LOOKED_AT = 10_000;

/** All jobs of a server, page by page. */
export async function* listedJobs(client: ServerClient): AsyncGenerator<ServerJob> {
  for (let after: string | null = ''; after !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(after === '' ? {} : { after }) });
    const page = await readList(await client.ask(`/api/v1/jobs?${query}`));
    yield* page.jobs;
    // Else a server that means harm could go on so for ever.
    after = page.jobs.length === 0 ? null : page.next;
  }
}

/** Throws an error that a server told; where it knows no such job, with those of its jobs that may have been meant. */
export function throwWithNear(client: ServerClient, job_id: string) {
  return async (error: unknown): Promise<never> => {
    if (!(error instanceof ImgjobError && isOf(error, 'unknown-job'))) throw error;
    const hint = didYouMean(await nearJobs(client, job_id));
    if (hint === null) throw error;
    throw new ImgjobError('unknown-job', error.message, { cause: error.cause, hint });
  };
}

/** None where they can't be asked for: that there is no such job is said anyway. */
async function nearJobs(client: ServerClient, job_id: string): Promise<string[]> {
  const near = createNearNames(job_id);
  let count = 0;
  try {
    for await (const job of listedJobs(client)) {
      near.offer(job.job_id);
      count += 1;
      if (count === MAX_LOOKED_AT) break;
    }
  } catch {
    return [];
  }
  return near.names();
}
