import { z } from 'zod';
import { JOB_ID, JOB_ID_RULE } from '../job-id.ts';
import type { Issue } from '../syntax/issue.ts';
import { excerpt } from '../terminal/prose.ts';
import { fitsStoreId, MAX_ID_LENGTH } from './accept.ts';

const STORE_ID = `a non-empty string of at most ${MAX_ID_LENGTH} characters`;

const jobId = z.string({ error: expected('a string') }).regex(JOB_ID, {
  error: ({ input }) => `expected ${JOB_ID_RULE}, got "${excerpt(String(input), 80)}"`,
});
const storeId = z
  .string({ error: expected(STORE_ID) })
  .refine(fitsStoreId, { error: ({ input }) => `expected ${STORE_ID}, got ${lengthOf(input)}` });
const count = z
  .number({ error: expected('an integer') })
  .refine(Number.isInteger, { error: ({ input }) => `expected an integer, got ${input}` });
const visitTime = z.string({ error: expected('a string') }).nullish();

// Claims strings: issues.ts makes sure of each URL in a loop of its own.
const images = z.custom<readonly string[]>(Array.isArray, { error: expected('a list of URLs') });

export const storeSchema = z.object(
  { store_id: storeId, visit_time: visitTime, images },
  { error: expected('a store (an object with store_id and images)') },
);

/** A store in the older form. */
export const visitSchema = z.object(
  { store_id: storeId, visit_time: visitTime, image_url: images },
  { error: expected('a visit (an object with store_id and image_url)') },
);

/** A manifest without the entries of its list; null in an optional field is as good as its absence. */
export const manifestSchema = z.object(
  {
    job_id: jobId.nullish(),
    count: count.nullish(),
    stores: z.custom<unknown[]>(Array.isArray, { error: expected('a list of stores') }).nullish(),
    visits: z.custom<unknown[]>(Array.isArray, { error: expected('a list of visits') }).nullish(),
  },
  { error: expected('a manifest (an object with a list of stores)') },
);

/** Zod's issues as ours. */
export function toIssues(error: z.ZodError): Issue[] {
  return error.issues.map(({ path, message }) => ({ path, message }));
}

/** The start of every message: what was expected, and what is there instead. */
export function expected(what: string) {
  return ({ input }: { input?: unknown }): string =>
    input === undefined ? `missing: expected ${what}` : `expected ${what}, got ${kindOf(input)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function lengthOf(id: unknown): string {
  if (id === '') return 'an empty string';
  // Counted one by one: a list of the characters of a very long id does not fit into memory.
  let characters = 0;
  for (const _ of String(id)) characters += 1;
  return `${characters} characters`;
}
