import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { ImgjobError, messageOf, systemCode } from '../errors.ts';
import { createLineReader } from '../files/line-reader.ts';
import { openSeekable, type SeekableFile, type TextSource } from '../files/seekable.ts';
import { showText } from '../terminal/prose.ts';
import type { ResultsDocument } from './document.ts';
import { indexLines, readWholeDocument } from './results-lines.ts';
import {
  imageResultSchema,
  type Json,
  resultsHeadSchema,
  type StoreResult,
  storeErrorSchema,
  storeResultSchema,
} from './results-schema.ts';
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
  const { value, offsets } = await readLayout(file, name);
  const head = check(headSchema, value, [], name);
  const inValue = offsets.length > 0 ? [] : storesIn(value);
  const count = offsets.length + inValue.length;
  const { total } = head.summary.stores;
  if (count !== total) throw unreadable(name, `it holds ${count} of its ${total} stores`);
  const readLine = createLineReader(file);

  async function* stores(): AsyncGenerator<StoreResult> {
    for (let position = 0; position < count; position += 1) {
      const offset = offsets[position];
      const store = offset === undefined ? inValue[position] : parseLine(readLine(offset), name);
      yield checkStore(store, position, name);
    }
  }

  return { head, stores, close };
}

/** A document, and where the lines of its stores begin; or all of it, and no lines. */
type Layout = { value: unknown; offsets: number[] };

async function readLayout(file: FileHandle, name: string): Promise<Layout> {
  const { offsets, rest } = await indexLines(file);
  if (rest === null) throw tooLarge(name);
  if (rest.trim() === '') {
    throw unreadable(name, offsets.length > 0 ? 'its last line is missing' : 'it is empty');
  }
  const parsed = parseText(rest);
  const isWhole = 'value' in parsed && isAllBut(offsets.length, parsed.value);
  if (offsets.length === 0 || isWhole) return { value: valueIn(parsed, name), offsets };
  // Some lines may look like those of imgjob in a layout that is another.
  const text = await readWholeDocument(file);
  const whole = text === null ? null : parseText(text);
  if (whole && 'value' in whole) return { value: whole.value, offsets: [] };
  if ('value' in parsed || parsed.why !== NOT_JSON) {
    return { value: valueIn(parsed, name), offsets };
  }
  if (!whole) throw tooLarge(name);
  return { value: valueIn(whole, name), offsets: [] };
}

/** Whether a value is a document without its stores, of which there are so many. */
function isAllBut(stores: number, value: unknown): boolean {
  const { success, data } = headSchema.safeParse(value);
  return success && data.summary.stores.total === stores && storesIn(value).length === 0;
}

function parseLine(line: string, name: string): unknown {
  const text = line.trimEnd();
  return valueIn(parseText(text.endsWith(',') ? text.slice(0, -1) : text), name);
}

const NOT_JSON = 'it is not JSON';
type Parsed = { value: unknown } | { why: string; cause: unknown };

function valueIn(parsed: Parsed, name: string): unknown {
  if ('why' in parsed) throw unreadable(name, parsed.why, parsed.cause);
  return parsed.value;
}

/** The value of a text, or why it has none: not in the parser's words, which quote what may be a secret. */
function parseText(source: string): Parsed {
  const text = source.replace(/^\ufeff/, '');
  try {
    return { value: JSON.parse(text) };
  } catch (cause) {
    return { why: reasonOf(text, messageOf(cause)), cause };
  }
}

/** What stopped the parser is told by where that was: few of its messages say so. */
function reasonOf(text: string, message: string): string {
  const position = Number(/position (\d+)/.exec(message)?.[1]);
  if (/end of JSON|Unterminated/.test(message) || position >= text.length) return 'it is cut off';
  const isAfterValue = /after JSON/.test(message) && text[position] === '{';
  if (!isAfterValue) return NOT_JSON;
  const { success } = headSchema.safeParse(JSON.parse(text.slice(0, position)));
  return success ? 'it holds several documents' : NOT_JSON;
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
  const why = 'it is over 256 MiB, and does not have one line for each store, as imgjob writes it';
  return unreadable(name, why);
}

function unreadable(name: string, why: string, cause?: unknown): ImgjobError {
  const message = `can't read ${name} as a results document: ${why}`;
  return new ImgjobError('results-unreadable', message, { cause });
}
