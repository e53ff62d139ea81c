import { createLineReader, type LineReader } from '../files/line-reader.ts';
import { forEachLine, type Line } from '../files/lines.ts';
import type { SeekableFile } from '../files/seekable.ts';
import { byteOrderMarkLength, decodeUtf8 } from '../syntax/encoding.ts';
import { acceptLine, type Checks, tryParse } from './accept.ts';
import { type CheckedFile, createCheckedFile, manifestChanged } from './checked-file.ts';
import { chooseJobId } from './job-id.ts';
import type { Manifest, Store } from './manifest.ts';
import type { ManifestOptions, ManifestSource, ReadManifest } from './options.ts';
import type { Problem } from './problem.ts';
import { openTwice, unreadable } from './source.ts';
import { createStoreIndex, type StoreIndex } from './store-index.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

/**
 * Reads a manifest of one store a line. The first pass checks every line and
 * keeps only where it stands; a store is read again when its turn comes, so
 * that memory holds an index of 12 bytes a store, not the manifest.
 */
export async function readNdjsonManifest(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  const opened = await openTwice(source);
  const { checkUrl } = options;
  const unknownFields = gatherUnknownFields('fields');
  try {
    const checked = createCheckedFile(opened, createLineReader);
    const index = await indexLines(opened, { checkUrl, unknownFields });
    if (index) {
      const manifest = createManifest(source, checked, index, options);
      const warnings = unknownFields.warnings();
      return { manifest, named: options.job_id !== null, text: checked.text('ndjson'), warnings };
    }
    // What is wrong is only worked out here, and what it takes is only loaded here.
    const { ndjsonProblems } = await import('./ndjson-problems.ts');
    const problems = await ndjsonProblems(opened.file, source, options);
    if (problems.length === 0 && !checked.isUnchanged()) throw manifestChanged();
    await opened.close();
    return { problems };
  } catch (error) {
    await opened.close();
    throw unreadable(source, error);
  }
}

/** Null where a line is not as it must be. */
async function indexLines({ file }: SeekableFile, checks: Checks): Promise<StoreIndex | null> {
  const index = createStoreIndex();
  let accepted = true;
  await forEachLine(file, (line) => {
    const store = accepted ? acceptStore(line, checks) : null;
    accepted = store !== null;
    if (store && store !== 'blank') index.add(line, store.images.length);
  });
  return accepted ? index : null;
}

/** What a line holds; `blank` for nothing, null for what is not as it must be. */
function acceptStore({ number, bytes }: Line, checks: Checks): Store | 'blank' | null {
  // Only the file's first line may begin with a byte-order mark.
  if (bytes === null || (number > 1 && byteOrderMarkLength(bytes) > 0)) return null;
  const decoded = decodeUtf8(bytes);
  if (!('text' in decoded)) return null;
  if (decoded.text.trim() === '') return 'blank';
  return acceptLine(tryParse(decoded.text), checks);
}

function createManifest(
  source: ManifestSource,
  checked: CheckedFile<LineReader>,
  index: StoreIndex,
  options: ManifestOptions,
): Manifest {
  const image_counts = index.imageCounts();
  const checks = { checkUrl: undefined, unknownFields: gatherUnknownFields('fields') };
  let isClosed = false;

  function readStore(position: number): Store | null {
    try {
      const text = checked
        .reader()(index.offset(position))
        .replace(/^\ufeff/, '');
      return acceptLine(tryParse(text), checks);
    } catch (error) {
      throw unreadable(source, error);
    }
  }

  return {
    job_id: chooseJobId(undefined, options),
    store_count: index.count(),
    image_counts,
    async store(position) {
      if (isClosed) throw new Error('the manifest is closed');
      const store = readStore(position);
      const isAsChecked = store?.images.length === image_counts[position];
      if (store && isAsChecked && checked.isUnchanged()) return store;
      throw manifestChanged();
    },
    async close() {
      isClosed = true;
      await checked.close();
    },
  };
}
