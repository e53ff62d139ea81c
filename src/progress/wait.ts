import type { SlotActivity } from '../job/slots.ts';
import { formatDuration } from '../terminal/numbers.ts';

/** A slot in which no byte moved for so long is said to wait. */
const WAITS_MS = 5000;

/** `waits 41 s for img.example`, when a download has not moved for 5 s; else null. */
export function waitOf({ phase, since, host }: SlotActivity, now: number): string | null {
  if (phase !== 'download' || now - since < WAITS_MS) return null;
  const waited =
    now - since < 60_000 ? `${Math.floor((now - since) / 1000)} s` : formatDuration(now - since);
  return `waits ${waited}${host === null ? '' : ` for ${host}`}`;
}
