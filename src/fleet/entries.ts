import type { JobEvent } from '../results/events.ts';
import { eventsMessageSchema, readMessage } from './messages.ts';
import type { RedisClient } from './redis.ts';

/** What a worker has committed of a store, as it stands in the stream of a run's results. */
export type Entry = {
  id: string;
  /** Counts the commits of the run from 1. */
  number: number;
  position: number;
  events: JobEvent[];
  /** Whether the worker is done with the store: without a `store_finished` it has not ended. */
  isLast: boolean;
};

/** Where a reader of a stream is. */
export type ReadUpTo = { id: string; number: number };

const AT_ONCE = 500;

/** The next entries; none where none came within so long. Null for an entry that is none of ours. */
export async function readEntries(
  client: RedisClient,
  stream: string,
  after: string,
  block_ms: number | null,
): Promise<(Entry | null)[]> {
  const block = block_ms === null ? [] : ['BLOCK', block_ms];
  const reply = await client.call('XREAD', 'COUNT', AT_ONCE, ...block, 'STREAMS', stream, after);
  if (!Array.isArray(reply)) return [];
  const [, entries]: unknown[] = Array.isArray(reply[0]) ? reply[0] : [];
  return Array.isArray(entries) ? entries.map(parseEntry) : [];
}

function parseEntry(entry: unknown): Entry | null {
  if (!Array.isArray(entry)) return null;
  const [id, list]: unknown[] = entry;
  if (typeof id !== 'string' || !Array.isArray(list)) return null;
  const fields = new Map<unknown, unknown>();
  for (let index = 0; index < list.length; index += 2) fields.set(list[index], list[index + 1]);
  const events = readMessage(eventsMessageSchema, fields.get('e'));
  const number = Number(fields.get('n'));
  const position = Number(fields.get('p'));
  if (!events || !Number.isSafeInteger(number) || !Number.isSafeInteger(position)) return null;
  return { id, number, position, events, isLast: fields.get('x') === '1' };
}

/** Takes entries from the stream that nobody needs any more: up to this one. */
export async function trimEntries(client: RedisClient, stream: string, id: string): Promise<void> {
  const [ms = '0', sequence = '0'] = id.split('-');
  await client.call('XTRIM', stream, 'MINID', '=', `${ms}-${BigInt(sequence) + 1n}`);
}
