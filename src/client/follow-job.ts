import { setTimeout as delay } from 'node:timers/promises';
import { ImgjobError, isOf } from '../errors.ts';
import { eventSchema, type JobEvent } from '../results/events.ts';
import { heardSlots } from '../results/told-slots.ts';
import { jsonValue } from '../syntax/json-value.ts';
import { foreignServer } from './job-answers.ts';
import { jobPath } from './job-path.ts';
import type { ServerClient } from './server-client.ts';

/** A server that is started again takes some time. */
const AGAIN_MS = 1000;
const MAX_TRIES = 60;
/** No event is longer. */
const MAX_BLOCK = 64 * 2 ** 20;

/** An event of a job, or what its slots do. */
export type ToldOfJob = { event: JobEvent } | { event: null; slots: ReturnType<typeof heardSlots> };

/**
 * The events of a job on a server, from its beginning until it is at rest;
 * goes on where it was when the connection is lost, or the server starts again.
 * Throws `server-unreachable` where that brings nothing new for a minute of tries.
 */
export async function* followJob(
  client: ServerClient,
  job_id: string,
  signal: AbortSignal,
): AsyncGenerator<ToldOfJob> {
  let lastId: string | null = null;
  for (let tries = 0; tries < MAX_TRIES; ) {
    const response = await streamFrom(client, job_id, { lastId, signal });
    // All of it has been told.
    if (response?.status === 204) return;
    const before: string | null = lastId;
    const blocks = response ? blocksOf(response, client.silence_ms) : [];
    for await (const { id, data } of blocks) {
      lastId = id ?? lastId;
      const event = id === null ? null : eventSchema.safeParse(data);
      if (event?.success) yield { event: event.data };
      // What has no id is no event of the job, but how it goes on.
      if (id === null) yield { event: null, slots: heardSlots(data, job_id, performance.now()) };
    }
    signal.throwIfAborted();
    // A stream that ends well and tells nothing is as good as none.
    if (lastId !== before) {
      tries = 0;
      continue;
    }
    tries += 1;
    await delay(AGAIN_MS, undefined, { signal });
  }
  throw new ImgjobError('server-unreachable', `the server ${client.url} does not answer any more`);
}

type From = { lastId: string | null; signal: AbortSignal };

/** The stream behind an event, or the answer that there is no more; null where the server can't be asked now. */
async function streamFrom(
  client: ServerClient,
  job_id: string,
  { lastId, signal }: From,
): Promise<Response | null> {
  const headers = {
    accept: 'text/event-stream',
    ...(lastId === null ? {} : { 'last-event-id': lastId }),
  };
  const asked = client.ask(jobPath(job_id, 'events'), { headers, signal });
  const response = await asked.catch((error: unknown) => {
    if (signal.aborted || !isOf(error, 'server-unreachable')) throw error;
    return null;
  });
  const type = response?.headers.get('content-type') ?? '';
  if (!response || response.status === 204 || /^text\/event-stream\b/i.test(type)) return response;
  await response.body?.cancel();
  throw foreignServer();
}

type Block = { id: string | null; data: unknown };

/** WHATWG HTML, 9.2.6, as far as our own server uses it. Ends too where the connection is lost, or silent for too long. */
async function* blocksOf({ body }: Response, silence_ms: number): AsyncGenerator<Block> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of untilSilent(body, silence_ms)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BLOCK) throw new ImgjobError('internal', 'an event is too long');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id = null] = /^id: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (data !== undefined) yield { id, data: parsed(data) };
    }
  }
}

function parsed(text: string): unknown {
  const value = jsonValue(text);
  if (value === undefined) throw foreignServer();
  return value;
}

async function* untilSilent(body: Response['body'], ms: number): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  const giveUp = () => void reader.cancel().catch(() => {});
  try {
    for (;;) {
      // Not while whoever reads takes its time.
      const timer = setTimeout(giveUp, ms);
      const { done, value } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } catch {
    // It is asked for the rest, or given up, by whoever reads.
  } finally {
    giveUp();
  }
}
