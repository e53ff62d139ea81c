import { setTimeout as delay } from 'node:timers/promises';
import { ImgjobError } from '../errors.ts';
import { eventSchema, type JobEvent } from '../results/events.ts';
import type { ServerClient } from './server-client.ts';

/** A server that is started again takes some time. */
const AGAIN_MS = 1000;
const MAX_TRIES = 60;
/** No event is longer. */
const MAX_BLOCK = 64 * 2 ** 20;

/**
 * The events of a job on a server, from its beginning until it is at rest;
 * goes on where it was when the connection is lost, or the server starts again.
 */
export async function* followJob(
  client: ServerClient,
  job_id: string,
  signal: AbortSignal,
): AsyncGenerator<JobEvent> {
  let lastId: string | null = null;
  for (let tries = 0; tries < MAX_TRIES; ) {
    try {
      const headers = lastId === null ? {} : { 'last-event-id': lastId };
      const response = await client.ask(`/api/v1/jobs/${job_id}/events`, { headers, signal });
      // All of it has been told.
      if (response.status === 204) return;
      for await (const { id, data } of blocksOf(response)) {
        tries = 0;
        lastId = id ?? lastId;
        const event = id === null ? null : eventSchema.safeParse(data);
        if (event?.success) yield event.data;
      }
    } catch (error) {
      if (signal.aborted || (error instanceof ImgjobError && error.code !== 'server-unreachable')) {
        throw error;
      }
      tries += 1;
      await delay(AGAIN_MS);
    }
  }
  throw new ImgjobError('server-unreachable', `the server ${client.url} does not answer any more`);
}

type Block = { id: string | null; data: unknown };

/** WHATWG HTML, 9.2.6, as far as our own server uses it. */
async function* blocksOf({ body }: Response): AsyncGenerator<Block> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BLOCK) throw new ImgjobError('internal', 'an event is too long');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id = null] = /^id: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (data !== undefined) yield { id, data: JSON.parse(data) };
    }
  }
}
