import type { SlotActivity } from '../job/slots.ts';
import { formatBytes, formatDuration, formatEta } from '../terminal/numbers.ts';
import { showShort } from '../terminal/prose.ts';

/** A slot in which no byte moved for so long is said to wait. */
const WAITS_MS = 5000;

/** `waits 41 s for img.example`, when a download has not moved for 5 s; else null. */
export function waitOf({ phase, since, host }: SlotActivity, now: number): string | null {
  if (phase !== 'download' || now - since < WAITS_MS) return null;
  const waited =
    now - since < 60_000 ? `${Math.floor((now - since) / 1000)} s` : formatDuration(now - since);
  return `waits ${waited}${host === null ? '' : ` for ${host}`}`;
}

/** The longest name of a worker that is shown: hosts may be called anything. */
const MAX_WORKER = 40;

/**
 * What a slot is doing, in a few words: `gpu` for the sleep that stands for one,
 * else the name of the work, `download 40.3 kB`, `waits 41 s for img.example`,
 * and who does it where that is another process.
 */
export function doingOf(activity: SlotActivity, now: number, work: string | null): string {
  const { worker } = activity;
  const doing = phaseOf(activity, now, work);
  return worker === null ? doing : `${doing}  on ${showShort(worker, MAX_WORKER)}`;
}

function phaseOf(activity: SlotActivity, now: number, work: string | null): string {
  if (activity.phase === 'work') return work ?? 'gpu';
  if (activity.phase === 'queue') return `waits for ${work ?? 'the gpu'}`;
  if (activity.phase === 'retry')
    return `retries in ${formatEta(Math.max(0, activity.since - now))}`;
  const wait = waitOf(activity, now);
  if (wait) return wait;
  return activity.bytes > 0 ? `download ${formatBytes(activity.bytes)}` : 'download';
}
