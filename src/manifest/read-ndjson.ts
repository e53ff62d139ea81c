import { ImgjobError } from '../errors.ts';
import type { Manifest, Store } from '../job/manifest.ts';
import { checkEntry } from './check.ts';
import { byteOrderMarkLength, decodeUtf8 } from './encoding.ts';
import { chooseJobId } from './job-id.ts';
import { forEachLine, type Line, MAX_LINE_LENGTH } from './lines.ts';
import { locate } from './locate.ts';
import type { ManifestOptions, ManifestSource, ReadManifest } from './options.ts';
import { fileName, formatPath, type Problem } from './problem.ts';
import { type ManifestSchemas, manifestSchemas, toStore } from './schema.ts';
import { type OpenFile, openTwice } from './source.ts';
import { createStoreIndex, type StoreIndex } from './store-index.ts';
import { parseJson } from './syntax.ts';
import { gatherUnknownFields, type UnknownFields } from './unknown-fields.ts';

type Check = { file: string; schemas: ManifestSchemas; unknownFields: UnknownFields };

/**
 * Reads a manifest of one store a line. The first pass checks every line and
 * keeps only where it stands; a store is read again when its turn comes, so
 * that memory holds an index of 20 bytes a store, not the manifest.
 */
export async function readNdjsonManifest(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  const opened = await openTwice(source);
  const check: Check = {
    file: fileName(source.path),
    schemas: manifestSchemas(options.checkUrl),
    unknownFields: gatherUnknownFields(),
  };
  const index = createStoreIndex();
  const problems: Problem[] = [];
  await forEachLine(opened.file, (line) => {
    const checked = checkLine(line, index.count(), check);
    if (checked === null) return;
    if ('problems' in checked) problems.push(...checked.problems);
    index.add(line, 'store' in checked ? checked.store.images.length : 0);
  });
  if (problems.length > 0) {
    await opened.close();
    return { problems };
  }
  return {
    manifest: createManifest(opened, index, check, options),
    warnings: check.unknownFields.warnings(),
  };
}

/** One line's store or problems; null for a blank line. */
function checkLine(
  { number, bytes }: Line,
  position: number,
  { file, schemas, unknownFields }: Check,
): { store: Store } | { problems: Problem[] } | null {
  const problem = (column: number, path: string, message: string): Problem => {
    return { file, line: number, column, path, message };
  };
  if (bytes === null) {
    const most = MAX_LINE_LENGTH / 2 ** 20;
    return { problems: [problem(1, '', `the line is longer than ${most} MiB`)] };
  }
  // Only the file's first line may begin with a byte-order mark.
  if (number > 1 && byteOrderMarkLength(bytes) > 0) {
    return { problems: [problem(1, '', 'unexpected byte-order mark')] };
  }
  const decoded = decodeUtf8(bytes);
  if ('problem' in decoded) {
    return { problems: [problem(decoded.problem.column, '', decoded.problem.message)] };
  }
  if (decoded.text.trim() === '') return null;
  const parsed = parseJson(decoded.text, 'line');
  if ('problem' in parsed) {
    return { problems: [problem(parsed.problem.column, '', parsed.problem.message)] };
  }
  const checked = checkEntry(parsed.value, schemas, unknownFields);
  if ('entry' in checked && checked.entry) return { store: toStore(checked.entry) };
  const located = locate(decoded.text, checked.issues ?? []);
  return {
    problems: located.map(({ column, path, message }) =>
      problem(column, formatPath(['stores', position, ...path]), message),
    ),
  };
}

function createManifest(
  { file, close }: OpenFile,
  index: StoreIndex,
  check: Check,
  options: ManifestOptions,
): Manifest {
  const image_counts = index.imageCounts();
  return {
    job_id: chooseJobId(undefined, options),
    store_count: index.count(),
    image_counts,
    async store(position) {
      const { offset, length, line } = index.at(position);
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      const checked =
        bytesRead === length
          ? checkLine({ number: line, offset, length, bytes }, position, check)
          : null;
      if (checked && 'store' in checked && checked.store.images.length === image_counts[position]) {
        return checked.store;
      }
      throw new ImgjobError(
        'manifest-unreadable',
        'the manifest changed while the job was running',
      );
    },
    close,
  };
}
