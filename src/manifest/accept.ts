import { JOB_ID } from '../job-id.ts';
import { hasRepeatedKeys } from '../syntax/count-keys.ts';
import { tooDeepAt } from '../syntax/depth.ts';
import type { Store } from './manifest.ts';
import type { UnknownFields } from './unknown-fields.ts';

/**
 * The short way through a manifest that is as it must be, which most are. It
 * only says yes or no; where it says no, the schemas say why (`issues.ts`). A
 * test holds the two together. The schemas are not even loaded for a yes:
 * loading them takes longer than all else that a small job needs.
 */

export const MAX_ID_LENGTH = 256;

/** What goes along with every check. */
export type Checks = {
  /** What is wrong with a URL, or null; absent where URLs may be any string. */
  checkUrl: ((url: string) => string | null) | undefined;
  unknownFields: UnknownFields;
};

export type AcceptedManifest = { job_id: string | undefined; stores: Store[] };

export type Form = 'stores' | 'visits';
export const IMAGES_FIELD = { stores: 'images', visits: 'image_url' } as const;

const MANIFEST_FIELDS = new Set(['$schema', 'job_id', 'count', 'stores', 'visits']);
const ENTRY_FIELDS = {
  stores: new Set(['$schema', 'store_id', 'visit_time', 'images']),
  visits: new Set(['$schema', 'store_id', 'visit_time', 'image_url']),
};

/** All of a JSON manifest, or null. */
export function acceptManifest(value: unknown, checks: Checks): AcceptedManifest | null {
  if (!isObject(value)) return null;
  // Exporters write null for what is not there.
  const job_id = value.job_id ?? undefined;
  const count = value.count ?? undefined;
  const stores = value.stores ?? undefined;
  const visits = value.visits ?? undefined;
  if (job_id !== undefined && !(typeof job_id === 'string' && JOB_ID.test(job_id))) return null;
  if (stores !== undefined && visits !== undefined) return null;
  const form = visits === undefined ? 'stores' : 'visits';
  const list = value[form];
  if (!Array.isArray(list)) return null;
  if (count !== undefined && count !== list.length) return null;
  checks.unknownFields.note(value, MANIFEST_FIELDS, '');
  const accepted: Store[] = [];
  for (const entry of list) {
    const store = acceptEntry(entry, form, checks, `${form}[].`);
    if (!store) return null;
    accepted.push(store);
  }
  return { job_id, stores: accepted };
}

/**
 * The JSON value of a text; undefined, which no JSON has, where it is none, is
 * nested too deeply or has a key that stands twice in one object.
 */
export function tryParse(text: string): unknown {
  if (tooDeepAt(text) !== -1) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return hasRepeatedKeys(text, value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** One store of an NDJSON manifest, in either form, or null. */
export function acceptLine(value: unknown, checks: Checks): Store | null {
  return acceptEntry(value, formOf(value), checks, 'stores[].');
}

/** The form that a line is written in. */
export function formOf(value: unknown): Form {
  if (!isObject(value) || (value.images ?? null) !== null) return 'stores';
  return 'image_url' in value ? 'visits' : 'stores';
}

function acceptEntry(value: unknown, form: Form, checks: Checks, prefix: string): Store | null {
  if (!isObject(value)) return null;
  const { store_id } = value;
  const visit_time = value.visit_time ?? null;
  const images = value[IMAGES_FIELD[form]];
  if (typeof store_id !== 'string' || !fitsStoreId(store_id)) return null;
  if (visit_time !== null && typeof visit_time !== 'string') return null;
  if (!Array.isArray(images) || !areUrls(images, checks.checkUrl)) return null;
  checks.unknownFields.note(value, ENTRY_FIELDS[form], prefix);
  return { store_id, visit_time, images };
}

function areUrls(images: unknown[], checkUrl: Checks['checkUrl']): images is string[] {
  for (const url of images) {
    if (typeof url !== 'string' || checkUrl?.(url)) return false;
  }
  return true;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether it is not empty and has at most 256 characters. */
export function fitsStoreId(id: string): boolean {
  if (id.length <= MAX_ID_LENGTH) return id !== '';
  // A character is one or two UTF-16 units: only lengths between need counting.
  return id.length <= 2 * MAX_ID_LENGTH && [...id].length <= MAX_ID_LENGTH;
}
