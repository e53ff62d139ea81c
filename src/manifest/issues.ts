import { bounded, type Issue, MAX_PROBLEMS } from '../syntax/issue.ts';
import { type Checks, type Form, formOf, IMAGES_FIELD, isObject } from './accept.ts';
import { expected, manifestSchema, storeSchema, toIssues, visitSchema } from './manifest-schema.ts';

type CheckUrl = Checks['checkUrl'];

/**
 * What is wrong with a whole JSON manifest. The lists are gone through here and
 * not by zod, which hands issues upwards as the arguments of a call: a hundred
 * thousand of them overflow the stack.
 */
export function manifestIssues(value: unknown, checkUrl: CheckUrl, most = MAX_PROBLEMS): Issue[] {
  const head = manifestSchema.safeParse(value);
  const issues = head.success ? [] : toIssues(head.error);
  if (isObject(value)) {
    addIssuesAcrossFields(value, issues);
    const limits = { checkUrl, most };
    addListIssues(value.stores, 'stores', limits, issues);
    addListIssues(value.visits, 'visits', limits, issues);
  }
  return bounded(issues, most);
}

/** What is wrong with one store of an NDJSON manifest, in either form. */
export function lineIssues(value: unknown, checkUrl: CheckUrl, most = MAX_PROBLEMS): Issue[] {
  return entryIssues(value, formOf(value), { checkUrl, most });
}

type Limits = { checkUrl: CheckUrl; most: number };

function addListIssues(list: unknown, form: Form, limits: Limits, issues: Issue[]): void {
  if (!Array.isArray(list)) return;
  for (const [position, entry] of list.entries()) {
    if (issues.length > limits.most) break;
    for (const { path, message } of entryIssues(entry, form, limits)) {
      issues.push({ path: [form, position, ...path], message });
    }
  }
}

function entryIssues(value: unknown, form: Form, limits: Limits): Issue[] {
  const parsed = (form === 'stores' ? storeSchema : visitSchema).safeParse(value);
  const issues = parsed.success ? [] : toIssues(parsed.error);
  const field = IMAGES_FIELD[form];
  if (isObject(value)) addUrlIssues(value[field], field, limits, issues);
  return issues;
}

/** A plain loop, since zod would make an object for every URL. */
function addUrlIssues(urls: unknown, field: string, limits: Limits, issues: Issue[]): void {
  if (!Array.isArray(urls)) return;
  for (let index = 0; index < urls.length && issues.length <= limits.most; index++) {
    const url: unknown = urls[index];
    const message =
      typeof url === 'string' ? limits.checkUrl?.(url) : expected('a URL string')({ input: url });
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
