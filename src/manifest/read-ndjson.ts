import { fstatSync } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { ImgjobError } from '../errors.ts';
import { createLineReader, type LineReader } from '../files/line-reader.ts';
import { forEachLine, type Line } from '../files/lines.ts';
import type { SeekableFile } from '../files/seekable.ts';
import { acceptLine, type Checks, tryParse } from './accept.ts';
import { byteOrderMarkLength, decodeUtf8 } from './encoding.ts';
import { chooseJobId } from './job-id.ts';
import type { Manifest, Store } from './manifest.ts';
import type { ManifestOptions, ManifestSource, ManifestText, ReadManifest } from './options.ts';
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
  const unknownFields = gatherUnknownFields();
  try {
    const state = stateNow(opened);
    const index = await indexLines(opened, { checkUrl, unknownFields });
    if (index) {
      const lines: Lines = { ...opened, read: createLineReader(opened.file), state };
      const manifest = createManifest(source, lines, index, options);
      const warnings = unknownFields.warnings();
      return { manifest, named: options.job_id !== null, text: keepText(lines), warnings };
    }
    // What is wrong is only worked out here, and what it takes is only loaded here.
    const { ndjsonProblems } = await import('./ndjson-problems.ts');
    const problems = await ndjsonProblems(opened.file, source, options);
    if (problems.length === 0 && stateNow(opened) !== state) throw changed();
    await opened.close();
    return { problems };
  } catch (error) {
    await opened.close();
    throw unreadable(source, error);
  }
}

/** Where the lines of stores are read: the file that was given, then the copy that is kept. */
type Lines = SeekableFile & { read: LineReader; state: string };

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
  lines: Lines,
  index: StoreIndex,
  options: ManifestOptions,
): Manifest {
  const image_counts = index.imageCounts();
  const checks = { checkUrl: undefined, unknownFields: gatherUnknownFields() };
  let isClosed = false;

  function readStore(position: number): Store | null {
    try {
      const text = lines.read(index.offset(position)).replace(/^\ufeff/, '');
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
      if (store && isAsChecked && stateNow(lines) === lines.state) return store;
      throw changed();
    },
    async close() {
      isClosed = true;
      await lines.close();
    },
  };
}

function changed(): ImgjobError {
  const message = 'the manifest changed while the job was running: there are no results without it';
  return new ImgjobError('manifest-changed', message, {
    hint: 'A job that is kept (without --no-state) goes by its own copy.',
  });
}

/** What tells that a file was written to. */
function stateNow({ file }: Pick<SeekableFile, 'file'>): string {
  const { size, mtimeMs } = fstatSync(file.fd);
  return `${size} ${mtimeMs}`;
}

function keepText(lines: Lines): ManifestText {
  return {
    form: 'ndjson',
    async copyTo(path) {
      const bytes = lines.file.createReadStream({ start: 0, autoClose: false });
      await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
      // The copy must be what was checked.
      if (stateNow(lines) !== lines.state) throw changed();
      await readFrom(lines, await open(path));
    },
    release() {},
  };
}

/** What others write into the file that was given is no matter any more. */
async function readFrom(lines: Lines, copy: FileHandle): Promise<void> {
  const { close } = lines;
  Object.assign(lines, { file: copy, read: createLineReader(copy), close: () => copy.close() });
  lines.state = stateNow(lines);
  await close();
}
