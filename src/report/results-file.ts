import { z } from 'zod';
import { ImgjobError, messageOf, systemCode } from '../errors.ts';
import type { ResultsDocument } from '../job/document.ts';
import {
  imageResultSchema,
  resultsHeadSchema,
  type StoreResult,
  storeResultSchema,
} from '../job/schema.ts';
import { createLineReader } from '../line-reader.ts';
import { forEachLine } from '../lines.ts';
import { showText } from '../prose.ts';
import { openSeekable, type SeekableFile, type TextSource } from '../seekable.ts';

/** A results document that lies in a file. */
export type ResultsFile = ResultsDocument & { close(): Promise<void> };

// Later versions and other people's programs may add fields; a line of NDJSON carries the job's id.
const headSchema = z.object(resultsHeadSchema.omit({ errors: true }).shape);
const storeSchema = z.object({
  ...storeResultSchema.shape,
  images: z.array(z.object(imageResultSchema.shape)),
});

/** How the line of a store begins in both formats that imgjob writes, as Latin-1: with a byte-order mark. */
const STORE_LINE = /^(?:\xef\xbb\xbf)? *\{(?:"job_id":"[\w.-]+",)?"store_id":/;

/** The most that is read whole: a string of all of it and its values take several times as much. */
const MAX_WHOLE_LENGTH = 256 * 2 ** 20;

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
  const { offsets, rest } = await indexLines(file, name);
  if (rest.trim() === '') {
    throw unreadable(name, offsets.length > 0 ? 'its last line is missing' : 'it is empty');
  }
  const value = parse(rest, name);
  const checked = headSchema.safeParse(value);
  if (!checked.success) throw unreadable(name, issueOf(checked.error));
  const readLine = createLineReader(file);
  const inRest = storesIn(value);
  const count = Math.max(offsets.length, inRest.length);
  const { total } = checked.data.summary.stores;
  if (count !== total) throw unreadable(name, `it holds ${count} of its ${total} stores`);

  async function* stores(): AsyncGenerator<StoreResult> {
    for (let position = 0; position < count; position += 1) {
      const offset = offsets[position];
      const store =
        offset === undefined
          ? inRest[position]
          : parse(readLine(offset).trimEnd().replace(/,$/, ''), name);
      yield checkStore(store, position, name);
    }
  }

  return { head: checked.data, stores, close };
}

/** Where the lines of stores begin, and the text of all other lines. */
async function indexLines(
  file: SeekableFile['file'],
  name: string,
): Promise<{ offsets: number[]; rest: string }> {
  const offsets: number[] = [];
  const others: string[] = [];
  let whole = 0;
  await forEachLine(file, ({ bytes, offset, length }) => {
    // Enough to tell: a job id has at most 64 characters.
    if (bytes && STORE_LINE.test(bytes.toString('latin1', 0, 120))) {
      offsets.push(offset);
      return;
    }
    whole += length;
    if (!bytes || whole > MAX_WHOLE_LENGTH) throw tooLarge(name);
    others.push(bytes.toString('utf8'));
  });
  return { offsets, rest: others.join('\n') };
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw unreadable(name, `not JSON: ${showText(messageOf(cause)).slice(0, 100)}`, cause);
  }
}

function storesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || !('stores' in value)) return [];
  return Array.isArray(value.stores) ? value.stores : [];
}

function checkStore(value: unknown, position: number, name: string): StoreResult {
  const checked = storeSchema.safeParse(value);
  if (checked.success) return checked.data;
  throw unreadable(name, issueOf(checked.error, ['stores', position]));
}

function issueOf({ issues: [issue] }: z.ZodError, before: PropertyKey[] = []): string {
  const path = [...before, ...(issue?.path ?? [])].map(String).join('.');
  return [path, issue?.message ?? ''].filter((part) => part !== '').join(': ');
}

function tooLarge(name: string): ImgjobError {
  const why = 'it is too large to be read with its stores not a line each, as imgjob writes them';
  return unreadable(name, why);
}

function unreadable(name: string, why: string, cause?: unknown): ImgjobError {
  const message = `can't read ${name} as a results document: ${why}`;
  return new ImgjobError('results-unreadable', message, { cause });
}
