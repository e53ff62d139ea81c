import { ImgjobError, isOf } from '../errors.ts';
import type { OpenHead } from '../service/head-cache.ts';
import { jsonValue } from '../syntax/json-value.ts';
import { jsonLine } from '../terminal/prose.ts';
import { type Asked, askedOnce, type ServeContext } from './context.ts';
import { errorHeaders, toldError } from './problem-json.ts';
import { readJsonBody, readManifestBytes } from './read-job.ts';
import { answerTexts, whileAsked } from './stream.ts';

/** The API of the service that imgjob follows: its clients work unchanged. */

/** `POST /api/submit`: `{"count", "visits"}` → `201 {"job_id"}`. */
export async function submitVisits(c: Asked, context: ServeContext): Promise<Response> {
  const { service, operator, incoming } = context;
  service.checkRoom();
  const body = await readJsonBody(c, incoming);
  const look = async () => refuseIncomplete(body.bytes);
  await whileAsked(c, (gone) => incoming.read(gone, look)).catch((error: unknown) => {
    body.release();
    throw error;
  });
  const { read, content, release } = await readManifestBytes(c, incoming, body, null);
  try {
    const record = await service.submit({ read, options: operator, key: null, content });
    return answer({ job_id: record.job_id }, 201);
  } catch (error) {
    await read.manifest.close();
    throw error;
  } finally {
    release();
  }
}

/** Both fields were always asked for there. What is no object at all is told by whoever reads it. */
function refuseIncomplete(bytes: Buffer): void {
  const value = jsonValue(bytes.toString('utf8').replace(/^\ufeff/, ''));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const field of ['count', 'visits']) {
    if ((fields.get(field) ?? null) === null) throw new ImgjobError('usage', `${field}: missing`);
  }
}

/** `GET /api/status?jobid=…`: how a job stands, and the stores of it that have failed. */
export async function visitStatus(c: Asked, context: ServeContext): Promise<Response> {
  const record = await context.service
    .lookUp(askedOnce(c, 'jobid') ?? '')
    .catch((error: unknown) => {
      if (isOf(error, 'unknown-job')) return null;
      throw error;
    });
  if (!record) return answer({ error: 'job not found' }, 400);
  const open = await whileAsked(c, (gone) => context.sources.head(record, gone));
  const headers = { 'content-type': 'application/json' };
  return answerTexts(c, { texts: statusTexts(open), headers, release: open.release });
}

async function* statusTexts({ head, errors }: OpenHead): AsyncGenerator<string> {
  const { job_id, status } = head.document;
  yield `{"status":${jsonLine(status)},"job_id":${jsonLine(job_id)},"error":[`;
  let separator = '';
  for await (const error of errors) {
    yield separator + error;
    separator = ',';
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
