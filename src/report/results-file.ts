import { z } from 'zod';
import { ImgjobError, messageOf, systemCode } from '../errors.ts';
import type { ResultsDocument } from '../job/document.ts';
import {
  imageResultSchema,
  type Json,
  resultsHeadSchema,
  type StoreResult,
  storeErrorSchema,
  storeResultSchema,
} from '../job/schema.ts';
import { createLineReader } from '../line-reader.ts';
import { showText } from '../prose.ts';
import { openSeekable, type SeekableFile, type TextSource } from '../seekable.ts';
import { indexLines } from './results-lines.ts';
import { isUsualResult } from './usual-result.ts';

/** A results document that lies in a file. */
export type ResultsFile = ResultsDocument & { close(): Promise<void> };

// Later versions and other people's programs may add fields; a line of NDJSON carries the job's id.
const { summary, ...headShape } = resultsHeadSchema.omit({ errors: true }).shape;
const headSchema = z.object({
  ...headShape,
  summary: z.object({
    ...summary.shape,
    stores: z.object(summary.shape.stores.shape),
    images: z.object(summary.shape.images.shape),
  }),
});
const imageSchema = z.object({
  ...imageResultSchema.shape,
  // Whatever was parsed is JSON, and may be nested too deeply for going through it.
  output: z.custom<Json>((value) => value !== undefined, 'missing'),
  error: z.object(imageResultSchema.shape.error.unwrap().shape).nullable(),
});
const storeSchema = z.object({
  ...storeResultSchema.shape,
  error: z.object(storeErrorSchema.shape).nullable(),
  images: z.array(z.unknown()),
});

const SENTENCES: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

/**
 * Opens a results document, as JSON or NDJSON. As imgjob writes them a store
 * is a line: then only where the lines begin is kept, and a document of any
 * size can be read. One that was laid out anew (`jq .`) is read whole. Throws
 * `results-unreadable`, also from `stores()`, which checks each as it comes.
 */
export async function openResultsFile(source: TextSource): Promise<ResultsFile> {
  const name = source.path === '-' ? 'standard input' : showText(source.path);
  const opened = await openSeekable(source).catch((cause: unknown) => {
    if (cause instanceof ImgjobError) throw cause;
    throw unreadable(name, SENTENCES[systemCode(cause)] ?? messageOf(cause), cause);
  });
  try {
    return await readResults(opened, name);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function readResults({ file, close }: SeekableFile, name: string): Promise<ResultsFile> {
  const { offsets, rest } = await indexLines(file);
  if (rest === null) throw tooLarge(name);
  if (rest.trim() === '') {
    throw unreadable(name, offsets.length > 0 ? 'its last line is missing' : 'it is empty');
  }
  const value = parse(rest, name);
  const head = check(headSchema, value, [], name);
  const inRest = storesIn(value);
  const count = Math.max(offsets.length, inRest.length);
  const { total } = head.summary.stores;
  if (count !== total) throw unreadable(name, `it holds ${count} of its ${total} stores`);
  const readLine = createLineReader(file);

  async function* stores(): AsyncGenerator<StoreResult> {
    for (let position = 0; position < count; position += 1) {
      const offset = offsets[position];
      const store = offset === undefined ? inRest[position] : parseLine(readLine(offset), name);
      yield checkStore(store, position, name);
    }
  }

  return { head, stores, close };
}

function parseLine(line: string, name: string): unknown {
  const text = line.trimEnd();
  return parse(text.endsWith(',') ? text.slice(0, -1) : text, name);
}

/** The reason is not shown as it is: it quotes the text, which may be of a secret, and counts lines otherwise. */
function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw unreadable(
      name,
      isCut(text, messageOf(cause)) ? 'it is cut off' : 'it is not JSON',
      cause,
    );
  }
}

/** Whether what the parser stopped at is the end: few of its messages say so, but all say where it was. */
function isCut(text: string, message: string): boolean {
  const [, position] = /position (\d+)/.exec(message) ?? [];
  return /end of JSON|Unterminated/.test(message) || Number(position) >= text.length;
}

function storesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || !('stores' in value)) return [];
  return Array.isArray(value.stores) ? value.stores : [];
}

function checkStore(value: unknown, position: number, name: string): StoreResult {
  const path = ['stores', position];
  const store = check(storeSchema, value, path, name);
  // One by one: zod can't hand on the issues of a hundred thousand.
  const images = store.images.map((image, index) =>
    isUsualResult(image) ? image : check(imageSchema, image, [...path, 'images', index], name),
  );
  return { ...store, images };
}

/** The value as the schema has it; throws with the path of the first thing that is wrong. */
function check<T>(schema: z.ZodType<T>, value: unknown, path: PropertyKey[], name: string): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const where = z.core.toDotPath([...path, ...(issue?.path ?? [])]);
  const why = issue?.message.replace('Invalid input: ', '') ?? '';
  throw unreadable(name, where === '' ? why : `${where}: ${why}`);
}

function tooLarge(name: string): ImgjobError {
  const why = 'it is over 256 MiB, and not laid out as imgjob writes it, a line for each store';
  return unreadable(name, why);
}

function unreadable(name: string, why: string, cause?: unknown): ImgjobError {
  const message = `can't read ${name} as a results document: ${why}`;
  return new ImgjobError('results-unreadable', message, { cause });
}
