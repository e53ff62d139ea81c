import type { Manifest } from '../job/manifest.ts';
import { checkManifest, type ManifestDocument } from './check.ts';
import { decodeUtf8 } from './encoding.ts';
import { chooseJobId } from './job-id.ts';
import { locate } from './locate.ts';
import type { ManifestOptions, ManifestSource, ReadManifest } from './options.ts';
import { fileName, formatPath, type Problem } from './problem.ts';
import { imagesOf, manifestSchemas, toStore } from './schema.ts';
import { readWhole } from './source.ts';
import { parseJson } from './syntax.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

/** Reads a manifest that is one JSON document; its stores stay in memory. */
export async function readJson(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  const file = fileName(source.path);
  const decoded = decodeUtf8(await readWhole(source));
  if ('problem' in decoded) return { problems: [{ file, path: '', ...decoded.problem }] };
  const { text } = decoded;
  if (text.trim() === '') {
    const message = 'the file is empty: expected a manifest';
    return { problems: [{ file, line: 1, column: 1, path: '', message }] };
  }
  const parsed = parseJson(text, 'file');
  if ('problem' in parsed) return { problems: [{ file, path: '', ...parsed.problem }] };

  const unknownFields = gatherUnknownFields();
  const checked = checkManifest(parsed.value, manifestSchemas(options.checkUrl), unknownFields);
  if ('issues' in checked) {
    const problems = locate(text, checked.issues).map(({ path, message, line, column }) => {
      return { file, line, column, path: formatPath(path), message };
    });
    return { problems };
  }
  const manifest = toManifest(checked.document, options);
  return { manifest, warnings: unknownFields.warnings() };
}

function toManifest(document: ManifestDocument, options: ManifestOptions): Manifest {
  const entries = document.stores ?? document.visits ?? [];
  const image_counts = new Uint32Array(entries.length);
  for (const [position, entry] of entries.entries()) {
    image_counts[position] = imagesOf(entry).length;
  }
  return {
    job_id: chooseJobId(document.job_id, options),
    store_count: entries.length,
    image_counts,
    async store(position) {
      const entry = entries[position];
      if (entry === undefined) throw new RangeError(`no store at position ${position}`);
      return toStore(entry);
    },
    async close() {},
  };
}
