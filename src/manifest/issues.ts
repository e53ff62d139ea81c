import { bounded, type Issue, MAX_PROBLEMS } from '../syntax/issue.ts';
import { type Checks, type Form, formOf, IMAGES_FIELD, isObject } from './accept.ts';
import { expected, manifestSchema, storeSchema, toIssues, visitSchema } from './manifest-schema.ts';

type CheckUrl = Checks['checkUrl'];

/**
 * What is wrong with a whole JSON manifest. The lists are gone through here and
 * not by zod, which hands issues upwards as the arguments of a call: a hundred
 * thousand of them overflow the stack.
 */
export function manifestIssues(value: unknown, checkUrl: CheckUrl): Issue[] {
  const head = manifestSchema.safeParse(value);
  const issues = head.success ? [] : toIssues(head.error);
  if (isObject(value)) {
    addIssuesAcrossFields(value, issues);
    addListIssues(value.stores, 'stores', checkUrl, issues);
    addListIssues(value.visits, 'visits', checkUrl, issues);
  }
  return bounded(issues);
}

/** What is wrong with one store of an NDJSON manifest, in either form. */
export function lineIssues(value: unknown, checkUrl: CheckUrl): Issue[] {
  return entryIssues(value, formOf(value), checkUrl);
}

function addListIssues(list: unknown, form: Form, checkUrl: CheckUrl, issues: Issue[]): void {
  if (!Array.isArray(list)) return;
  for (const [position, entry] of list.entries()) {
    if (issues.length > MAX_PROBLEMS) break;
    for (const { path, message } of entryIssues(entry, form, checkUrl)) {
      issues.push({ path: [form, position, ...path], message });
    }
  }
}

function entryIssues(value: unknown, form: Form, checkUrl: CheckUrl): Issue[] {
  const parsed = (form === 'stores' ? storeSchema : visitSchema).safeParse(value);
  const issues = parsed.success ? [] : toIssues(parsed.error);
  const field = IMAGES_FIELD[form];
  if (isObject(value)) addUrlIssues(value[field], field, checkUrl, issues);
  return issues;
}

/** A plain loop, since zod would make an object for every URL. */
function addUrlIssues(urls: unknown, field: string, checkUrl: CheckUrl, issues: Issue[]): void {
  if (!Array.isArray(urls)) return;
  for (let index = 0; index < urls.length && issues.length <= MAX_PROBLEMS; index++) {
    const url: unknown = urls[index];
    const message =
      typeof url === 'string' ? checkUrl?.(url) : expected('a URL string')({ input: url });
    if (message) issues.push({ path: [field, index], message });
  }
}

function addIssuesAcrossFields(manifest: Record<string, unknown>, issues: Issue[]): void {
  const { stores = null, visits = null, count } = manifest;
  if (stores === null && visits === null) {
    issues.push({ path: ['stores'], message: 'missing: expected a list of stores' });
  } else if (stores !== null && visits !== null) {
    issues.push({ path: ['visits'], message: 'expected either stores or visits, got both' });
  }
  const list = stores ?? visits;
  if (!Array.isArray(list) || !Number.isInteger(count) || count === list.length) return;
  const message = `expected ${list.length} (the number of stores), got ${count}`;
  issues.push({ path: ['count'], message });
}
