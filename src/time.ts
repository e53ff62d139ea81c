// Many events fall into one millisecond, and each is written and read once: the last one is remembered.
let last = { ms: 0, text: '' };

/** The time of an event: ISO 8601, UTC, with milliseconds. */
export function timestamp({ now }: { now(): number }): string {
  const ms = Math.floor(now());
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}

/** Milliseconds since 1970 of an event's time. */
export function parseTime(text: string): number {
  if (text !== last.text) last = { ms: Date.parse(text), text };
  return last.ms;
}

/** Milliseconds since 1970 as a time of the results; 0 is none. */
export function isoTime(t: number): string | null {
  return t > 0 ? new Date(t).toISOString() : null;
}
