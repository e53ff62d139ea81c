import { extname } from 'node:path';
import { ImgjobError } from '../errors.ts';
import { checkJobId } from './job-id.ts';
import type { ManifestOptions, ManifestSource, ReadManifest } from './options.ts';
import type { Problem } from './problem.ts';
import { readJsonManifest } from './read-json.ts';
import { readNdjsonManifest } from './read-ndjson.ts';

export type { ManifestOptions, ManifestSource, ManifestText, ReadManifest } from './options.ts';

/**
 * Reads and checks a whole manifest: a JSON document, or NDJSON with one store
 * a line. Answers every problem it has, in the order of the text, or the
 * manifest. Throws `manifest-unreadable` where there is no text to be had, and
 * `usage` for a `job_id` that can't be one.
 */
export async function loadManifest(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  if (options.job_id !== null) checkJobId(options.job_id);
  const read = isNdjson(source.path, options.format) ? readNdjsonManifest : readJsonManifest;
  const outcome = await read(source, options);
  if ('problems' in outcome && outcome.problems.length === 0) {
    throw new ImgjobError('internal', 'the manifest was refused, but nothing is wrong with it');
  }
  return outcome;
}

/** Whether a manifest holds one store a line; `auto` goes by its name. */
export function isNdjson(path: string, format: ManifestOptions['format']): boolean {
  if (format !== 'auto') return format === 'ndjson';
  return ['.ndjson', '.jsonl'].includes(extname(path).toLowerCase());
}
