import { z } from 'zod';
import { MAX_HEADERS } from '../options/bounds.ts';
import { checkHeader } from '../options/header.ts';
import { jobOptionsSchema } from '../options/job-options.ts';
import { eventSchema } from '../results/events.ts';
import { type ImageResult, storeErrorSchema } from '../results/results-schema.ts';
import { jsonValue } from '../syntax/json-value.ts';

/**
 * What runner and workers tell each other through Redis. Both sides check what
 * they read: whoever reaches that Redis can write there.
 */

const position = z.int().nonnegative();

/** One store of a run: what BullMQ keeps as the data of its job. */
export const storeMessageSchema = z.strictObject({
  run: z.string().regex(/^[\w-]{1,64}$/),
  job_id: z.string(),
  position,
  store: z.strictObject({
    store_id: z.string(),
    visit_time: z.string().nullable(),
    images: z.array(z.string()),
  }),
  /** Positions of the images that have a result from before, and the error of the first that failed. */
  known: z.array(position),
  failure: storeErrorSchema.nullable(),
});
export type StoreMessage = z.infer<typeof storeMessageSchema>;

const isHeader = (name: string, value: string) => Array.isArray(checkHeader(name, value));

/** What the stores of a run have in common. */
export const runMessageSchema = z.strictObject({
  job_id: z.string(),
  options: jobOptionsSchema,
  /** With their values: gone from Redis when the run is. */
  headers: z
    .array(z.tuple([z.string(), z.string()]).refine(([name, value]) => isHeader(name, value)))
    .max(MAX_HEADERS),
});
export type RunMessage = z.infer<typeof runMessageSchema>;

/** The events of one commit. */
export const eventsMessageSchema = z.array(eventSchema).max(10_000);

/** What a worker says of itself with each beat. */
export const workerMessageSchema = z.strictObject({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  /** The name of its work; null for the sleep. */
  work: z.string().nullable(),
  /** Stores at once, and how many of these are at work. */
  slots: z.int().positive(),
  busy: z.int().nonnegative(),
  /** Images since its start, and in the last second or so. */
  images: z.int().nonnegative(),
  images_per_second: z.number().nonnegative(),
  started_at: z.string(),
});
export type WorkerMessage = z.infer<typeof workerMessageSchema>;

/** A worker, and when it was last heard of. */
export type HeardWorker = WorkerMessage & { beat_ms_ago: number };

/** What one slot of a worker does; the times are before now. */
export const slotMessageSchema = z.strictObject({
  run: z.string(),
  store: position,
  image: position,
  phase: z.enum(['download', 'retry', 'queue', 'work']),
  bytes: z.int().nonnegative(),
  /** Milliseconds since the last thing that moved. */
  ago: z.number(),
  host: z.string().nullable(),
});
export const slotsMessageSchema = z.array(slotMessageSchema).max(10_000);
export type SlotMessage = z.infer<typeof slotMessageSchema>;

/** Reads a message; null for what is none. */
export function readMessage<T>(schema: z.ZodType<T>, text: unknown): T | null {
  if (typeof text !== 'string') return null;
  const outcome = schema.safeParse(jsonValue(text));
  return outcome.success ? outcome.data : null;
}

/**
 * Results that are known elsewhere, as far as the engine asks for them: that
 * there is one, and the error of the first that failed.
 */
export function knownResults(
  { store: { images }, known, failure }: Pick<StoreMessage, 'store' | 'known' | 'failure'>,
  committed: number,
): (ImageResult | undefined)[] {
  const results: (ImageResult | undefined)[] = [];
  const positions = new Set(known);
  images.forEach((url, image) => {
    const has = positions.has(image) || image <= committed;
    results.push(has ? knownResult(url, failure?.image === image ? failure : null) : undefined);
  });
  return results;
}

function knownResult(url: string, failure: StoreMessage['failure']): ImageResult {
  const nothing = { width: null, height: null, perimeter: null, twice_perimeter: null };
  const { code = 'internal', message = '' } = failure ?? {};
  return {
    ...{ url, status: failure ? 'failed' : 'completed', ...nothing, format: null, bytes: null },
    ...{ attempts: 1, started_at: null, duration_ms: null, download_ms: null, work_ms: null },
    ...{ output: null, sha256: null, file: null },
    error: failure && { code, message, http_status: null, host: null },
  };
}

/** The data of a job of BullMQ as a store; null for what is none. */
export function readStoreMessage(data: unknown): StoreMessage | null {
  const outcome = storeMessageSchema.safeParse(data);
  return outcome.success ? outcome.data : null;
}
