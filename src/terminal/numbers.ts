/** Numbers as people read them, in one fixed format whatever the locale. */

/** `1284` → `1,284`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number and its noun: `1 store`, `2,000 stores`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Decimal units, as servers and disks use them: `812 B`, `40.3 kB`, `48.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** Milliseconds as a span: `16.9 s`, `4 min 05 s`, `2 h 04 min`. */
export function formatDuration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${twoDigits(Math.floor((seconds % 3600) / 60))} min`;
}

/** Milliseconds as a span, also a short one: `31 ms`, `16.9 s`. */
export function formatSpan(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : formatDuration(ms);
}

/** Milliseconds still to go, without blanks: `6s`, `4m05s`, `2h04m`. */
export function formatEta(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${twoDigits(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${twoDigits(Math.floor((seconds % 3600) / 60))}m`;
}

/** Images a second: `118/s`, `2.4/s`. */
export function formatRate(perSecond: number): string {
  return `${perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))}/s`;
}

/** `118/s` and `eta 6s`; nothing where one of them is not known. */
export function formatPace({ rate, eta_ms }: Record<'rate' | 'eta_ms', number | null>): string[] {
  return rate === null || eta_ms === null ? [] : [formatRate(rate), `eta ${formatEta(eta_ms)}`];
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
