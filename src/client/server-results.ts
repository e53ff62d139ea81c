import { MEDIA_TYPE } from '../manifest/format.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { textOf } from './answer-text.ts';
import { jobPath } from './job-path.ts';
import { throwWithNear } from './listed-jobs.ts';
import type { ServerClient } from './server-client.ts';

export type ResultsAsked = { job_id: string; format: ResultsFormat; signal?: AbortSignal };

/** The results of a job on a server, as it writes them. */
export async function resultsTexts(
  client: ServerClient,
  { job_id, format, signal }: ResultsAsked,
): Promise<AsyncIterable<string>> {
  const headers = { accept: MEDIA_TYPE[format] };
  const asking = signal ? { headers, signal } : { headers };
  const asked = client.ask(jobPath(job_id, 'results'), asking);
  return textOf(await asked.catch(throwWithNear(client, job_id)));
}
