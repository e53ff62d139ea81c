import { z } from 'zod';
import type { Store } from '../job/manifest.ts';
import { JOB_ID, JOB_ID_RULE } from './job-id.ts';
import { excerpt, type Path } from './problem.ts';

/** What is wrong with the value at a path, before its line and column are known. */
export type Issue = { path: Path; message: string };

type CheckUrl = ((url: string) => string | null) | undefined;

const MAX_ID_LENGTH = 256;
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
const visitTime = z.string({ error: expected('a string') }).optional();

/** The schemas of a manifest's parts. `checkUrl` adds to each list of images what it says of their URLs. */
export function manifestSchemas(checkUrl: CheckUrl) {
  const images = imageList(checkUrl);
  const store = z.object(
    { store_id: storeId, visit_time: visitTime, images },
    { error: expected('a store (an object with store_id and images)') },
  );
  const visit = z.object(
    { store_id: storeId, visit_time: visitTime, image_url: images },
    { error: expected('a visit (an object with store_id and image_url)') },
  );
  const manifest = z.object(
    {
      job_id: jobId.optional(),
      count: count.optional(),
      stores: z.array(store, { error: expected('a list of stores') }).optional(),
      visits: z.array(visit, { error: expected('a list of visits') }).optional(),
    },
    { error: expected('a manifest (an object with a list of stores)') },
  );
  return { store, visit, manifest };
}

export type ManifestSchemas = ReturnType<typeof manifestSchemas>;
export type StoreEntry = z.infer<ManifestSchemas['store']>;
export type VisitEntry = z.infer<ManifestSchemas['visit']>;

/** The same store, whichever form it was written in. */
export function toStore(entry: StoreEntry | VisitEntry): Store {
  return {
    store_id: entry.store_id,
    visit_time: entry.visit_time ?? null,
    images: imagesOf(entry),
  };
}

export function imagesOf(entry: StoreEntry | VisitEntry): readonly string[] {
  return 'images' in entry ? entry.images : entry.image_url;
}

/** Zod's issues as ours. */
export function toIssues(error: z.ZodError): Issue[] {
  return error.issues.map(({ path, message }) => ({ path, message }));
}

/**
 * A list of strings, checked by a plain loop: `z.array(z.string())` would make
 * an object for every URL and copy every list, which doubles the time at a million URLs.
 */
function imageList(checkUrl: CheckUrl) {
  return z
    .custom<readonly string[]>(Array.isArray, { error: expected('a list of URLs') })
    .check(({ value, issues }) => {
      for (let index = 0; index < value.length; index++) {
        const url = value[index];
        const message =
          typeof url === 'string' ? checkUrl?.(url) : `expected a URL string, got ${kindOf(url)}`;
        if (message) issues.push({ code: 'custom', input: url, path: [index], message });
      }
    });
}

/** The start of every message: what was expected, and what is there instead. */
function expected(what: string) {
  return ({ input }: { input?: unknown }): string =>
    input === undefined ? `missing: expected ${what}` : `expected ${what}, got ${kindOf(input)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function fitsStoreId(id: string): boolean {
  if (id.length <= MAX_ID_LENGTH) return id !== '';
  // A character is one or two UTF-16 units: only lengths between need counting.
  return id.length <= 2 * MAX_ID_LENGTH && [...id].length <= MAX_ID_LENGTH;
}

function lengthOf(id: unknown): string {
  return id === '' ? 'an empty string' : `${[...String(id)].length} characters`;
}
