import { eventSchema, type JobEvent } from '../results/events.ts';

/** The event that a line of a journal holds; null for what is none. */
export function parseEvent(line: string): JobEvent | null {
  const value = parseJsonLine(line);
  const parsed = eventSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** Any JSON value; undefined for what is none. */
export function parseJsonLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
