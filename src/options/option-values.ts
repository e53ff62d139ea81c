import { DURATION } from './bounds.ts';

/** Values as the options of the command line take them. */

/** `2m`, `90s`, `1500ms`. */
export function optionDuration(duration_ms: number): string {
  const ms = Math.min(DURATION.most, Math.max(DURATION.least, Math.round(duration_ms)));
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** `100MB`, `2kB`, `1234`. */
export function optionSize(bytes: number): string {
  if (bytes % 1e6 === 0) return `${bytes / 1e6}MB`;
  return bytes % 1000 === 0 ? `${bytes / 1000}kB` : String(bytes);
}

/** Requests a second as `5/s`, or in a longer time where they are fewer: `30/m`, `2/h`. */
export function optionRate(perSecond: number): string {
  if (perSecond >= 1) return `${Math.floor(perSecond)}/s`;
  if (perSecond * 60 >= 1) return `${Math.floor(perSecond * 60)}/m`;
  return `${Math.max(1, Math.floor(perSecond * 3600))}/h`;
}
