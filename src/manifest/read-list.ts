import { createSpanReader, type SpanReader } from '../files/line-reader.ts';
import type { SeekableFile } from '../files/seekable.ts';
import { readRow } from '../syntax/row.ts';
import { type CheckedFile, createCheckedFile, manifestChanged } from './checked-file.ts';
import type { ListForm } from './format.ts';
import { chooseJobId } from './job-id.ts';
import { entryOf, forEachEntry, type ListLayout } from './list-entries.ts';
import { createListIndex, groupRows, type ListIndex } from './list-index.ts';
import type { ListEntry } from './list-stores.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestOptions, ManifestSource, ReadManifest } from './options.ts';
import { PACKING_LENGTH, packedAs } from './other-forms.ts';
import { fileName, type Problem } from './problem.ts';
import { openTwice, unreadable } from './source.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

/**
 * Reads a manifest that is a table or a list of URLs. The first pass checks
 * every row and keeps only where it stands and whose it is; a store's rows are
 * read again when its turn comes, so that memory holds 28 bytes a row and the
 * names of a table's stores, not the list.
 */
export async function readListManifest(
  source: ManifestSource,
  form: ListForm,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  const opened = await openTwice(source);
  const unknownFields = gatherUnknownFields('columns');
  try {
    const checked = createCheckedFile(opened, createSpanReader);
    const file = fileName(source.path);
    const packed = await packing(opened.file, source.path, form);
    if (packed !== null) {
      await opened.close();
      return { problems: [{ file, line: 1, column: 1, path: '', message: packed }] };
    }
    const index = createListIndex();
    const { problems, stores, layout } = await forEachEntry(opened.file, form, {
      ...{ checkUrl: options.checkUrl, unknownFields, most_problems: options.most_problems },
      form_by: options.form_by,
      onEntry: (_, { row, store }) => index.add(row, form === 'urls' ? row.line : store),
    });
    if (problems.length > 0) {
      await opened.close();
      return { problems: problems.map((problem) => ({ file, ...problem })) };
    }
    const manifest = createManifest(source, { checked, index, stores, layout }, options);
    const warnings = unknownFields.warnings();
    return { manifest, named: options.job_id !== null, text: checked.text(form), warnings };
  } catch (error) {
    await opened.close();
    throw unreadable(source, error);
  }
}

async function packing(
  file: SeekableFile['file'],
  path: string,
  form: ListForm,
): Promise<string | null> {
  const start = Buffer.alloc(PACKING_LENGTH);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  return packedAs(start.subarray(0, bytesRead), path, form);
}

type CheckedList = {
  checked: CheckedFile<SpanReader>;
  index: ListIndex;
  stores: number;
  layout: ListLayout;
};

function createManifest(
  source: ManifestSource,
  { checked, index, stores, layout }: CheckedList,
  options: ManifestOptions,
): Manifest {
  const { columns, delimiter } = layout;
  // Each URL of a list is a store of its own.
  const storeOfRow = columns ? index.numbers() : Uint32Array.from({ length: stores }, (_, n) => n);
  const { image_counts, firsts, rows } = groupRows(storeOfRow, stores);
  let isClosed = false;

  function readEntry(position: number): ListEntry | null {
    const { offset, length, number: line } = index.row(rows[position] ?? 0);
    try {
      const { cells } = readRow(checked.reader()(offset, length), 0, delimiter);
      return entryOf({ cells, line }, layout);
    } catch (error) {
      throw unreadable(source, error);
    }
  }

  return {
    job_id: chooseJobId(undefined, options),
    store_count: stores,
    image_counts,
    async store(position) {
      if (isClosed) throw new Error('the manifest is closed');
      const images: string[] = [];
      let first: ListEntry | null = null;
      for (let row = firsts[position] ?? 0; row < (firsts[position + 1] ?? 0); row += 1) {
        const entry = readEntry(row);
        if (!entry) throw manifestChanged();
        first ??= entry;
        images.push(entry.url);
      }
      if (!first || !checked.isUnchanged()) throw manifestChanged();
      const { store_id, visit_time } = first;
      return { store_id, visit_time, images };
    },
    async close() {
      isClosed = true;
      await checked.close();
    },
  };
}
