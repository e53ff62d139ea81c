import { z } from 'zod';
import { JOB_ID } from '../job-id.ts';
import type { JobEvent } from './events.ts';
import {
  type ImageResult,
  imageResultSchema,
  MAX_ATTEMPTS,
  MAX_MILLISECONDS,
  SHA256,
} from './results-schema.ts';

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
    (value.sha256 === null || isDigest(value.sha256)) &&
    (value.file === null || typeof value.file === 'string') &&
    value.error === null
  );
}

const RESULT_KEYS = Object.keys(imageResultSchema.shape).length;
const FINISH_KEYS = ['t', 'type', 'job_id', 'store', 'image', 'result'].length;
const REUSED_KEYS = FINISH_KEYS + 1;

/** The same for the event of such a result, for journals: with these keys, and no others. */
export function isUsualFinish(
  value: unknown,
): value is Extract<JobEvent, { type: 'image_finished' }> {
  return (
    isObject(value) &&
    value.type === 'image_finished' &&
    isTime(value.t) &&
    typeof value.job_id === 'string' &&
    JOB_ID.test(value.job_id) &&
    isCount(value.store) &&
    isCount(value.image) &&
    isUsualResult(value.result) &&
    Object.keys(value.result).length === RESULT_KEYS &&
    Object.keys(value).length === (value.reused === true ? REUSED_KEYS : FINISH_KEYS)
  );
}

/** A start of a job without the options that it was started with. */
export type StartHead = Omit<Extract<JobEvent, { type: 'job_started' }>, 'options'>;

/** The same for the start of a job, for lists of thousands: its options are not looked at. */
export function isUsualStart(value: unknown): value is StartHead {
  return (
    isObject(value) &&
    value.type === 'job_started' &&
    value.schema_version === 1 &&
    isTime(value.t) &&
    typeof value.job_id === 'string' &&
    JOB_ID.test(value.job_id) &&
    isCount(value.stores) &&
    isCount(value.images)
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

function isDigest(value: unknown): boolean {
  return typeof value === 'string' && SHA256.test(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && TIME.test(value);
}
