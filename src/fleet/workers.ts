import type { Keys } from './keys.ts';
import {
  type HeardWorker,
  readMessage,
  type SlotMessage,
  slotsMessageSchema,
  type WorkerMessage,
  workerMessageSchema,
} from './messages.ts';
import type { RedisClient } from './redis.ts';
import { runScript, SCRIPTS } from './scripts.ts';

/** A worker that has said nothing for so long is gone. */
export const WORKER_LASTS_MS = 10_000;

/** The workers that live, by host and process, and what the clock of Redis says. */
export async function listWorkers(
  client: RedisClient,
  keys: Keys,
): Promise<{ now: number; workers: HeardWorker[] }> {
  const answer = await runScript(client, SCRIPTS.WORKERS, [keys.workers], [WORKER_LASTS_MS]);
  const [time = '0', ...pairs] = Array.isArray(answer) ? answer.map(String) : [];
  const now = Number(time);
  const beats = new Map<string, number>();
  for (let index = 0; index < pairs.length; index += 2) {
    beats.set(pairs[index] ?? '', Number(pairs[index + 1]));
  }
  const texts = await readAll(
    client,
    [...beats.keys()].map((id) => keys.worker(id).about),
  );
  const workers = texts.flatMap((text) => {
    const worker = readMessage(workerMessageSchema, text);
    const beat = worker && beats.get(worker.id);
    return worker && beat != null ? [{ ...worker, beat_ms_ago: Math.max(0, now - beat) }] : [];
  });
  workers.sort((a, b) => (nameOfWorker(a) < nameOfWorker(b) ? -1 : 1));
  return { now, workers };
}

/** What the slots of workers do. */
export async function readSlots(
  client: RedisClient,
  keys: Keys,
  workers: readonly WorkerMessage[],
): Promise<{ name: string; slots: SlotMessage[] }[]> {
  const texts = await readAll(
    client,
    workers.map(({ id }) => keys.worker(id).slots),
  );
  return workers.map((worker, index) => ({
    name: nameOfWorker(worker),
    slots: readMessage(slotsMessageSchema, texts[index]) ?? [],
  }));
}

async function readAll(client: RedisClient, names: string[]): Promise<unknown[]> {
  if (names.length === 0) return [];
  const answer = await client.call('MGET', ...names);
  return Array.isArray(answer) ? answer : [];
}

/** As people tell one worker from another. */
export function nameOfWorker({ host, pid }: Pick<WorkerMessage, 'host' | 'pid'>): string {
  return `${host}:${pid}`;
}
