import { ImgjobError } from '../errors.ts';
import { manifestForm } from './format.ts';
import { checkJobId } from './job-id.ts';
import type { ManifestOptions, ManifestSource, ReadManifest } from './options.ts';
import type { Problem } from './problem.ts';
import { readJsonManifest } from './read-json.ts';
import { readNdjsonManifest } from './read-ndjson.ts';

export type { ManifestOptions, ManifestSource, ManifestText, ReadManifest } from './options.ts';

type Outcome = ReadManifest | { problems: Problem[] };

/**
 * Reads and checks a whole manifest in any of its forms. Answers every problem
 * it has, in the order of the text, or the manifest. Throws
 * `manifest-unreadable` where there is no text to be had, and `usage` for a
 * `job_id` that can't be one.
 */
export async function loadManifest(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<Outcome> {
  if (options.job_id !== null) checkJobId(options.job_id);
  const outcome = await readAs(source, options);
  if ('problems' in outcome && outcome.problems.length === 0) {
    throw new ImgjobError('internal', 'the manifest was refused, but nothing is wrong with it');
  }
  return outcome;
}

async function readAs(source: ManifestSource, options: ManifestOptions): Promise<Outcome> {
  const form = manifestForm(source.path, options.format);
  if (form === 'json') return readJsonManifest(source, options);
  if (form === 'ndjson') return readNdjsonManifest(source, options);
  const { readListManifest } = await import('./read-list.ts');
  return readListManifest(source, form, options);
}
