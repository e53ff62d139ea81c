import type { Store } from '../job/manifest.ts';
import { bounded, type Issue, MAX_PROBLEMS } from './problem.ts';
import { expected, manifestSchema, storeSchema, toIssues, toStore, visitSchema } from './schema.ts';
import type { UnknownFields } from './unknown-fields.ts';

/** What goes along with every check. */
export type Checks = {
  /** What is wrong with a URL, or null; absent where URLs may be any string. */
  checkUrl: ((url: string) => string | null) | undefined;
  unknownFields: UnknownFields;
};

export type CheckedManifest = { job_id: string | undefined; stores: Store[] };

type Form = 'stores' | 'visits';

const MANIFEST_FIELDS = new Set(['$schema', 'job_id', 'count', 'stores', 'visits']);
const ENTRY_FIELDS = {
  stores: new Set(['$schema', 'store_id', 'visit_time', 'images']),
  visits: new Set(['$schema', 'store_id', 'visit_time', 'image_url']),
};
const IMAGES_FIELD = { stores: 'images', visits: 'image_url' } as const;

/**
 * Checks the structure of a whole JSON manifest; every problem is found. The
 * lists are gone through here and not by zod, which hands issues upwards as
 * the arguments of a call: a hundred thousand of them overflow the stack.
 */
export function checkManifest(
  value: unknown,
  checks: Checks,
): CheckedManifest | { issues: Issue[] } {
  const head = manifestSchema.safeParse(value);
  const issues = head.success ? [] : toIssues(head.error);
  const stores: Store[] = [];
  if (isObject(value)) {
    checks.unknownFields.note(value, MANIFEST_FIELDS, '');
    addIssuesAcrossFields(value, issues);
    checkList(value.stores, 'stores', checks, stores, issues);
    checkList(value.visits, 'visits', checks, stores, issues);
  }
  if (!head.success || issues.length > 0) return { issues: bounded(issues) };
  return { job_id: head.data.job_id, stores };
}

/** Checks one store of an NDJSON manifest, in either form. */
export function checkLine(value: unknown, checks: Checks): { store: Store } | { issues: Issue[] } {
  const isVisit = isObject(value) && !('images' in value) && 'image_url' in value;
  const form = isVisit ? 'visits' : 'stores';
  if (isObject(value)) checks.unknownFields.note(value, ENTRY_FIELDS[form], 'stores[].');
  return checkEntry(value, form, checks);
}

function checkList(
  list: unknown,
  form: Form,
  checks: Checks,
  stores: Store[],
  issues: Issue[],
): void {
  if (!Array.isArray(list)) return;
  const prefix = `${form}[].`;
  for (const [position, entry] of list.entries()) {
    if (issues.length > MAX_PROBLEMS) break;
    const checked = checkEntry(entry, form, checks);
    if ('store' in checked) stores.push(checked.store);
    else for (const issue of checked.issues) issues.push(within([form, position], issue));
    if (isObject(entry)) checks.unknownFields.note(entry, ENTRY_FIELDS[form], prefix);
  }
}

function checkEntry(
  value: unknown,
  form: Form,
  { checkUrl }: Checks,
): { store: Store } | { issues: Issue[] } {
  const parsed = form === 'stores' ? storeSchema.safeParse(value) : visitSchema.safeParse(value);
  const issues = parsed.success ? [] : toIssues(parsed.error);
  const field = IMAGES_FIELD[form];
  if (isObject(value)) addUrlIssues(value[field], field, checkUrl, issues);
  if (!parsed.success || issues.length > 0) return { issues };
  return { store: toStore(parsed.data) };
}

/** A plain loop, since zod would make an object for every URL. */
function addUrlIssues(
  urls: unknown,
  field: string,
  checkUrl: Checks['checkUrl'],
  issues: Issue[],
): void {
  if (!Array.isArray(urls)) return;
  for (let index = 0; index < urls.length && issues.length <= MAX_PROBLEMS; index++) {
    const url: unknown = urls[index];
    const message =
      typeof url === 'string' ? checkUrl?.(url) : expected('a URL string')({ input: url });
    if (message) issues.push({ path: [field, index], message });
  }
}

function addIssuesAcrossFields(manifest: Record<string, unknown>, issues: Issue[]): void {
  const { stores, visits, count } = manifest;
  if (stores === undefined && visits === undefined) {
    issues.push({ path: ['stores'], message: 'missing: expected a list of stores' });
  } else if (stores !== undefined && visits !== undefined) {
    issues.push({ path: ['visits'], message: 'expected either stores or visits, got both' });
  }
  const list = stores ?? visits;
  if (!Array.isArray(list) || !Number.isInteger(count) || count === list.length) return;
  const message = `expected ${list.length} (the number of stores), got ${count}`;
  issues.push({ path: ['count'], message });
}

function within(path: Issue['path'], issue: Issue): Issue {
  return { path: [...path, ...issue.path], message: issue.message };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
