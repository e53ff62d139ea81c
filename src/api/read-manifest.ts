import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { ImgjobError, messageOf } from '../errors.ts';
import { fileSource } from '../files/seekable.ts';
import type { manifestDocumentSchema } from '../manifest/document-schema.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { formatProblem, type Problem } from '../manifest/problem.ts';
import { loadManifest } from '../manifest/read.ts';

export type ReadManifestOptions = {
  /** In place of the manifest's own, or of one that is made up. */
  job_id?: string;
  /**
   * `auto`, which is the default, goes by the file's name: `.ndjson` and `.jsonl` hold one store a
   * line, `.csv` and `.tsv` are tables, `.txt` holds one URL a line; all else is JSON.
   */
  format?: 'auto' | 'json' | 'ndjson' | 'csv' | 'tsv' | 'urls';
};

/** A manifest as a value, in either form. */
export type ManifestDocument = Unchanging<z.input<typeof manifestDocumentSchema>>;
type Unchanging<Value> = { readonly [Name in keyof Value]: Unchanging<Value[Name]> };

const MAX_PROBLEMS = 20;

/**
 * Reads and checks a manifest: a file's path or URL, or the manifest itself as
 * a value. Of all forms but JSON an index is kept and the file stays open until
 * `manifest.close()`. Rejects with `manifest-invalid`, whose message has the
 * first problems, a line each, and with `manifest-unreadable`.
 */
export async function readManifest(
  source: string | URL | ManifestDocument,
  { job_id, format = 'auto' }: ReadManifestOptions = {},
): Promise<Manifest> {
  const outcome = await loadManifest(sourceOf(source), {
    format,
    job_id: job_id ?? null,
    now: Date.now,
    random: Math.random,
  });
  if ('problems' in outcome) {
    const { problems } = outcome;
    const lines = problems.slice(0, MAX_PROBLEMS).map(isFile(source) ? formatProblem : showInValue);
    const more = problems.length - lines.length;
    if (more > 0) lines.push(`… and ${more} more`);
    throw new ImgjobError('manifest-invalid', lines.join('\n'), { cause: problems });
  }
  outcome.text.release();
  return outcome.manifest;
}

function isFile(source: string | URL | ManifestDocument): source is string | URL {
  return typeof source === 'string' || source instanceof URL;
}

/** Of a value nobody has seen lines. */
function showInValue({ path, message }: Problem): string {
  return path === '' ? message : `${path}  ${message}`;
}

function sourceOf(source: string | URL | ManifestDocument) {
  if (source === '-') throw unreadable("can't read standard input here: give a path or a value");
  try {
    if (source instanceof URL) return fileSource(fileURLToPath(source));
    if (typeof source === 'string') return fileSource(source);
    return { path: '-', stdin: once(Buffer.from(JSON.stringify(source) ?? '')) };
  } catch (cause) {
    throw unreadable(messageOf(cause), cause);
  }
}

function unreadable(why: string, cause?: unknown): ImgjobError {
  return new ImgjobError('manifest-unreadable', `can't read the manifest: ${why}`, { cause });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
