import { ImgjobError } from '../errors.ts';
import { JOB_STATES, type JobStateWord } from '../service/service.ts';
import type { Asked, ServeContext } from './context.ts';
import { openEventStream } from './event-stream.ts';
import { askedRecord } from './job-documents.ts';
import { jobEntry } from './job-entry.ts';
import { answerTexts } from './stream.ts';

const PAGE = { usual: 50, most: 500 };
const STATUSES = ['ongoing', 'completed', 'failed'] as const;
/** Each holds a file open. */
const MAX_STREAMS = 1000;

/** `GET /api/v1/jobs`: the newest first, a page at a time. */
export function listJobEntries(c: Asked, context: ServeContext): Response {
  const { service } = context;
  const state = oneOf<JobStateWord>(c, 'state', JOB_STATES);
  const status = oneOf(c, 'status', STATUSES);
  const { records, next } = service.index.page({
    status: status ?? statusOf(state),
    accepts: (record) => state === null || service.stateOf(record) === state,
    limit: limitOf(c.req.query('limit')),
    after: c.req.query('after') ?? null,
  });
  return Response.json({ jobs: records.map((record) => jobEntry(record, context)), next });
}

/** The status that all jobs of a state have. */
export function statusOf(state: JobStateWord | null): (typeof STATUSES)[number] | null {
  return state === null ? null : (STATUSES.find((status) => status === state) ?? 'ongoing');
}

function oneOf<Word extends string>(c: Asked, name: string, words: readonly Word[]): Word | null {
  const given = c.req.query(name);
  if (given === undefined) return null;
  const word = words.find((one) => one === given);
  if (word !== undefined) return word;
  throw new ImgjobError('usage', `${name}: expected one of ${words.join(', ')}`);
}

function limitOf(given = String(PAGE.usual)): number {
  const limit = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  if (limit >= 1 && limit <= PAGE.most) return limit;
  throw new ImgjobError('usage', `limit: expected a whole number from 1 to ${PAGE.most}`);
}

export async function cancelJob(c: Asked, context: ServeContext): Promise<Response> {
  const { job_id } = await askedRecord(c, context);
  await context.service.cancel(job_id);
  return Response.json(jobEntry(context.service.find(job_id), context));
}

/** Answers when it is on the disk that the job goes on. */
export async function resumeJob(
  c: Asked,
  context: ServeContext,
  how: { retry_failed: boolean },
): Promise<Response> {
  const { job_id } = await askedRecord(c, context);
  await context.service.resume(job_id, how);
  return Response.json(jobEntry(context.service.find(job_id), context), { status: 202 });
}

export async function deleteJob(c: Asked, context: ServeContext): Promise<Response> {
  await context.service.remove((await askedRecord(c, context)).job_id);
  return new Response(null, { status: 204 });
}

/** Live events. How many such streams there are is counted for the whole server. */
export function createEventRoute() {
  let streams = 0;

  return async (c: Asked, context: ServeContext): Promise<Response> => {
    const { service, state, runner } = context;
    const record = await askedRecord(c, context);
    if (streams >= MAX_STREAMS) {
      throw new ImgjobError('queue-full', 'too many event streams are open');
    }
    streams += 1;
    const free = () => {
      streams -= 1;
    };
    const opened = openEventStream(state.folder, record, {
      lastId: c.req.header('last-event-id') ?? null,
      isGone: () => c.env.outgoing.destroyed,
      isLive: () => ['running', 'queued'].includes(service.stateOf(record)),
      snapshot: () => runner.snapshot(record.job_id),
    });
    const stream = await opened.catch((error: unknown) => {
      free();
      throw error;
    });
    if (!stream) {
      free();
      // What ends an EventSource for good.
      return new Response(null, { status: 204 });
    }
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    };
    const release = () => stream.close().finally(free);
    return answerTexts(c, { texts: stream.texts, headers, release });
  };
}
