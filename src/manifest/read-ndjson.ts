import { ImgjobError } from '../errors.ts';
import type { Manifest, Store } from '../job/manifest.ts';
import { checkEntry } from './check.ts';
import { decodeUtf8, nameOtherEncoding } from './encoding.ts';
import { chooseJobId } from './job-id.ts';
import { buildLineIndex, type LineIndex } from './line-index.ts';
import { forEachLine, type Line, MAX_LINE_LENGTH } from './lines.ts';
import { locate } from './locate.ts';
import type { ManifestOptions, ManifestSource, ReadManifest } from './options.ts';
import { fileName, formatPath, type Problem } from './problem.ts';
import { imagesOf, manifestSchemas, toStore } from './schema.ts';
import { type OpenFile, openTwice, unreadable } from './source.ts';
import { parseJson } from './syntax.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

/** Reads a manifest of one store a line: once here to check and index it, then a line at a time. */
export async function readNdjson(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  const opened = await openTwice(source);
  try {
    const check = checkLines(fileName(source.path), options);
    await forEachLine(opened.file, check.line);
    if (check.problems.length === 0) {
      const manifest = toManifest(source, opened, check.index(), options);
      return { manifest, warnings: check.warnings() };
    }
    await opened.close();
    return { problems: check.problems };
  } catch (error) {
    await opened.close();
    throw unreadable(source, error);
  }
}

/** Takes the lines of a file one after the other, and keeps where its stores stand and what is wrong. */
function checkLines(file: string, options: ManifestOptions) {
  const schemas = manifestSchemas(options.checkUrl);
  const unknownFields = gatherUnknownFields();
  const index = buildLineIndex();
  const problems: Problem[] = [];
  let position = 0;
  let isForeign = false;

  function line({ number, offset, bytes }: Line): void {
    if (isForeign) return;
    if (bytes === null) {
      const message = `expected a line of at most ${MAX_LINE_LENGTH / 2 ** 20} MiB`;
      problems.push({ file, line: number, column: 1, path: '', message });
      position += 1;
      return;
    }
    isForeign = number === 1 && nameOtherEncoding(bytes) !== null;
    const found = checkLine(bytes, schemas, unknownFields);
    if (found === 'blank') return;
    if ('entry' in found) index.add(offset, bytes.length, imagesOf(found.entry).length);
    else
      for (const { column, path, message } of found.faults)
        problems.push({ file, line: number, column, path: '', message });
    position += 1;
  }
}
