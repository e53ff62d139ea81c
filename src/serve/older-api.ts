import { ImgjobError } from '../errors.ts';
import { type DocumentSource, documentErrors } from '../results/document.ts';
import { openSource } from '../service/job-source.ts';
import { jsonLine } from '../terminal/prose.ts';
import type { Asked, ServeContext } from './context.ts';
import { errorHeaders, toldError } from './problem-json.ts';
import { readJsonBody, readManifestBytes } from './read-job.ts';
import { answerTexts } from './stream.ts';

/** The API of the service that imgjob follows: its clients work unchanged. */

/** `POST /api/submit`: `{"count", "visits"}` → `201 {"job_id"}`. */
export async function submitVisits(c: Asked, context: ServeContext): Promise<Response> {
  const { service, operator } = context;
  service.checkRoom();
  const bytes = await readJsonBody(c.env.incoming);
  const { read, content } = await readManifestBytes(bytes);
  try {
    refuseIncomplete(JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, '')));
    const record = await service.submit({ read, options: operator, key: null, content });
    return answer({ job_id: record.job_id }, 201);
  } catch (error) {
    await read.manifest.close();
    throw error;
  }
}

/** Both fields were always asked for there. */
function refuseIncomplete(value: { count?: unknown; visits?: unknown }): void {
  for (const field of ['count', 'visits'] as const) {
    if ((value[field] ?? null) === null) {
      throw new ImgjobError('usage', `${field}: missing`);
    }
  }
}

/** `GET /api/status?jobid=…`: how a job stands, and the stores of it that have failed. */
export async function visitStatus(c: Asked, context: ServeContext): Promise<Response> {
  const record = context.service.index.get(c.req.query('jobid') ?? '');
  if (!record) return answer({ error: 'job not found' }, 400);
  const { source, release } = await openSource(context.service, context.state, record);
  const headers = { 'content-type': 'application/json' };
  return answerTexts(c, { texts: statusTexts(source), headers, release });
}

async function* statusTexts(source: DocumentSource): AsyncGenerator<string> {
  const { job_id } = source.reducer;
  const status = source.reducer.status();
  yield `{"status":${jsonLine(status)},"job_id":${jsonLine(job_id)},"error":[`;
  let separator = '';
  if (source.reducer.failedStores() > 0) {
    for await (const error of documentErrors(source)) {
      yield separator + jsonLine(error);
      separator = ',';
    }
  }
  yield ']}\n';
}

/** Any error as `{"error"}`. */
export function olderError(error: unknown): Response {
  const told = toldError(error);
  return answer({ error: told.detail }, told.status, errorHeaders(told));
}

function answer(body: object, status: number, headers: Record<string, string> = {}): Response {
  return new Response(`${jsonLine(body)}\n`, {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
