import { z } from 'zod';
import { type ImageResult, MAX_ATTEMPTS, MAX_MILLISECONDS } from '../results/results-schema.ts';

/**
 * The short way through the result of an image, for documents with a million
 * of them: the schema takes as long for one as reading it does. It says yes
 * only where the schema would; where it says no, the schema has to be asked.
 */
export function isUsualResult(value: unknown): value is ImageResult {
  if (!isObject(value)) return false;
  return (
    typeof value.url === 'string' &&
    isStatus(value.status) &&
    areSizes(value.width, value.height, value.perimeter, value.twice_perimeter) &&
    (value.format === null || typeof value.format === 'string') &&
    (value.bytes === null || isCount(value.bytes)) &&
    areDurations(value.duration_ms, value.download_ms, value.work_ms) &&
    isCount(value.attempts, MAX_ATTEMPTS) &&
    (value.started_at === null || isTime(value.started_at)) &&
    value.output === null &&
    value.error === null
  );
}

const TIME = z.regexes.datetime({ precision: 3 });

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStatus(value: unknown): boolean {
  return value === 'completed' || value === 'failed' || value === 'skipped' || value === 'pending';
}

function areSizes(...values: unknown[]): boolean {
  return values.every((value) => value === null || (value !== 0 && isCount(value)));
}

function areDurations(...values: unknown[]): boolean {
  return values.every((value) => value === null || isCount(value, MAX_MILLISECONDS));
}

function isCount(value: unknown, most = Number.MAX_SAFE_INTEGER): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && TIME.test(value);
}
