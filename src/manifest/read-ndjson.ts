import { writeFile } from 'node:fs/promises';
import { ImgjobError } from '../errors.ts';
import type { Manifest, Store } from '../job/manifest.ts';
import { forEachLine, type Line, MAX_LINE_LENGTH } from '../lines.ts';
import { type Checks, checkLine as checkStore } from './check.ts';
import { byteOrderMarkLength, decodeUtf8, nameOtherEncoding } from './encoding.ts';
import { chooseJobId } from './job-id.ts';
import { locate } from './locate.ts';
import type { ManifestOptions, ManifestSource, ManifestText, ReadManifest } from './options.ts';
import { bounded, fileName, formatPath, MAX_PROBLEMS, type Problem } from './problem.ts';
import { type OpenFile, openTwice, unreadable } from './source.ts';
import { createStoreIndex, type StoreIndex } from './store-index.ts';
import { parseJson } from './syntax.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

type Check = Checks & { file: string };

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
    checkUrl: options.checkUrl,
    unknownFields: gatherUnknownFields(),
  };
  try {
    const state = await stateOf(opened);
    const { index, problems } = await checkLines(opened, check);
    if (problems.length === 0) {
      const manifest = createManifest(source, opened, index, check, options);
      const warnings = check.unknownFields.warnings();
      return { manifest, named: options.job_id !== null, text: keepText(opened, state), warnings };
    }
    await opened.close();
    return { problems };
  } catch (error) {
    await opened.close();
    throw unreadable(source, error);
  }
}

async function checkLines(
  { file }: OpenFile,
  check: Check,
): Promise<{ index: StoreIndex; problems: Problem[] }> {
  const index = createStoreIndex();
  const problems: Problem[] = [];
  let isForeign = false;
  await forEachLine(file, (line) => {
    if (isForeign || problems.length > MAX_PROBLEMS) return;
    // Every line of UTF-16 is wrong: the first one says so for all.
    isForeign = line.number === 1 && line.bytes !== null && nameOtherEncoding(line.bytes) !== null;
    const checked = checkLine(line, index.count(), check);
    if (checked === null) return;
    if ('problems' in checked) for (const problem of checked.problems) problems.push(problem);
    index.add(line, 'store' in checked ? checked.store.images.length : 0);
  });
  return { index, problems: bounded(problems) };
}

/** One line's store or problems; null for a blank line. */
function checkLine(
  { number, bytes }: Pick<Line, 'number' | 'bytes'>,
  position: number,
  { file, checkUrl, unknownFields }: Check,
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
  const checked = checkStore(parsed.value, { checkUrl, unknownFields });
  if ('store' in checked) return checked;
  const located = locate(decoded.text, checked.issues);
  return {
    problems: located.map(({ column, path, message }) =>
      problem(column, formatPath(['stores', position, ...path]), message),
    ),
  };
}

function createManifest(
  source: ManifestSource,
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
      const { bytesRead } = await file.read(bytes, 0, length, offset).catch((error: unknown) => {
        throw unreadable(source, error);
      });
      const checked =
        bytesRead === length ? checkLine({ number: line, bytes }, position, check) : null;
      if (checked && 'store' in checked && checked.store.images.length === image_counts[position]) {
        return checked.store;
      }
      throw changed();
    },
    close,
  };
}

function changed(): ImgjobError {
  return new ImgjobError('manifest-changed', 'the manifest changed while the job was running');
}

/** What tells that a file was written to. */
async function stateOf({ file }: OpenFile): Promise<string> {
  const { size, mtimeMs } = await file.stat();
  return `${size} ${mtimeMs}`;
}

function keepText(opened: OpenFile, state: string): ManifestText {
  return {
    form: 'ndjson',
    async copyTo(path) {
      const bytes = opened.file.createReadStream({ start: 0, autoClose: false });
      await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
      // The copy must be what was checked.
      if ((await stateOf(opened)) !== state) throw changed();
    },
    release() {},
  };
}
