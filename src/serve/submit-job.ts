import { ImgjobError } from '../errors.ts';
import { JOB_ID, JOB_ID_RULE } from '../job-id.ts';
import { digestOfKey } from '../service/idempotency.ts';
import { requestedOptions } from '../service/request-options.ts';
import type { Asked, ServeContext } from './context.ts';
import { jobEntry } from './job-entry.ts';
import { readHandedManifest } from './read-job.ts';

/** `POST /api/v1/jobs`: answers when the job is on the disk. */
export async function submitJob(c: Asked, context: ServeContext): Promise<Response> {
  const { service, operator, once } = context;
  const query = new URL(c.req.url).searchParams;
  const job_id = takeJobId(query);
  const options = requestedOptions(query, operator);
  const key = digestOfKey(c.req.header('idempotency-key'));
  if (key === null || !service.index.byKey(key)) service.checkRoom();
  const { read, warnings, content: body } = await readHandedManifest(c.env.incoming, job_id);
  query.sort();
  const content = `${body} ${job_id ?? ''}?${query}`;
  try {
    const submit = () => service.submit({ read, options, key, content });
    const { record, isNew } = await once({ key, content }, submit);
    if (!isNew) await read.manifest.close();
    const answer = { ...jobEntry(record, context), warnings };
    return Response.json(answer, {
      status: 201,
      headers: { location: `/api/v1/jobs/${record.job_id}` },
    });
  } catch (error) {
    await read.manifest.close();
    throw error;
  }
}

function takeJobId(query: URLSearchParams): string | null {
  const job_id = query.get('job_id');
  query.delete('job_id');
  if (job_id === null || JOB_ID.test(job_id)) return job_id;
  throw new ImgjobError('usage', `job_id: expected ${JOB_ID_RULE}`);
}
