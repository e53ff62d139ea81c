import type { Retried } from '../results/events.ts';
import type { ImageResult } from '../results/results-schema.ts';
import { formatBytes, formatCount, formatSpan } from '../terminal/numbers.ts';
import { showText } from '../terminal/prose.ts';

export type AttemptsOptions = {
  /** Null where no journal tells of them. */
  retries: Retried[] | null;
  /** Whether what happened ahead of an image's turn was told late. */
  prefetch: boolean;
};

/**
 * `3 in 5.1 s on 2026-03-01, UTC`, and a line for each attempt: when it began
 * and how it ended; then one for each attempt at the work that was made again.
 */
export function attemptLines(result: ImageResult, given: AttemptsOptions): string[] {
  const isOfWork = ({ step }: Retried) => step === 'work';
  const works = (given.retries ?? []).filter(isOfWork);
  const downloads = given.retries?.filter((retried) => !isOfWork(retried)) ?? null;
  return [...downloadLines(result, { ...given, retries: downloads }), ...works.map(workLine)];
}

function downloadLines(result: ImageResult, options: AttemptsOptions): string[] {
  const { attempts, duration_ms, started_at } = result;
  const on = started_at === null ? '' : ` on ${started_at.slice(0, 10)}, UTC`;
  const lines = [`${formatCount(attempts)} in ${formatSpan(duration_ms ?? 0)}${on}`];
  const known = new Map((options.retries ?? []).map((retried) => [retried.attempt, retried]));
  const begins = beginsOf(result, [...known.values()], options.prefetch);
  for (let attempt = 1; attempt < attempts; attempt += 1) {
    const retried = known.get(attempt);
    const from = attempt;
    while (!retried && attempt + 1 < attempts && !known.has(attempt + 1)) attempt += 1;
    lines.push(retried ? retriedLine(retried, begins) : unknownLine(from, attempt, options));
  }
  const last = row(attempts, begins.get(attempts), endOf(result));
  return attempts === 0 ? [] : [...lines, last];
}

/**
 * When each attempt began, in milliseconds since 1970. An attempt is told of
 * when it has failed; one that was fetched ahead of its turn is told of when
 * that comes: there the times are summed up from the start.
 */
function beginsOf(
  { attempts, started_at, duration_ms, download_ms, work_ms }: ImageResult,
  retries: Retried[],
  prefetch: boolean,
): Map<number, number> {
  const begins = new Map<number, number>();
  if (started_at === null) return begins;
  let next = Date.parse(started_at);
  begins.set(1, next);
  for (const { t, attempt, download_ms: took, wait_ms } of retries) {
    next = prefetch ? (begins.get(attempt) ?? next) + took + wait_ms : Date.parse(t) + wait_ms;
    begins.set(attempt + 1, next);
  }
  // Also where nothing is known of those before.
  const end = Date.parse(started_at) + (duration_ms ?? 0);
  if (!begins.has(attempts)) begins.set(attempts, end - (work_ms ?? 0) - (download_ms ?? 0));
  return begins;
}

function retriedLine(retried: Retried, begins: Map<number, number>): string {
  const { attempt, bytes, download_ms, wait_ms } = retried;
  const took = `${formatBytes(bytes)} in ${formatSpan(download_ms)}`;
  const end = `${howItWent(retried)}, ${took}, then waited ${formatSpan(wait_ms)}`;
  return row(attempt, begins.get(attempt), end);
}

function workLine({ t, attempt, reason, work_ms = 0, wait_ms }: Retried): string {
  const end = `${reason ?? 'threw'} after ${formatSpan(work_ms)}, then waited ${formatSpan(wait_ms)}`;
  return row(`work ${attempt}`, Date.parse(t) - work_ms, end);
}

function unknownLine(from: number, to: number, { retries }: AttemptsOptions): string {
  const which = from === to ? String(from) : `${from}–${to}`;
  const why = retries ? 'not to be found in the journal' : 'known to the journal of the job alone';
  return row(which, undefined, why);
}

function endOf({ error, bytes, download_ms, work_ms }: ImageResult): string {
  const how = !error || error.code === 'work' ? '200' : howItWent(error);
  const took = `${formatBytes(bytes ?? 0)} in ${formatSpan(download_ms ?? 0)}`;
  const work = work_ms === null ? '' : `, then ${formatSpan(work_ms)} of work`;
  return `${how}, ${took}${work}`;
}

type Ending = Pick<Retried, 'code' | 'http_status' | 'host'>;

/** `503 from cdn.example`, `200 truncated from cdn.example`, `timeout at cdn.example`. */
function howItWent({ code, http_status, host }: Ending): string {
  const what = [http_status, code === 'http-status' ? null : code].filter((part) => part !== null);
  const where = host === null ? '' : ` ${http_status === null ? 'at' : 'from'} ${showText(host)}`;
  return what.join(' ') + where;
}

function row(attempt: number | string, begun: number | undefined, text: string): string {
  const time = begun === undefined ? '' : `${new Date(begun).toISOString().slice(11, 23)}  `;
  return `  ${String(attempt).padEnd(7)} ${time}${text}`;
}
