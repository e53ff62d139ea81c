import { writeFile } from 'node:fs/promises';
import type { Manifest } from '../job/manifest.ts';
import { type CheckedManifest, checkManifest } from './check.ts';
import { decodeUtf8 } from './encoding.ts';
import { chooseJobId } from './job-id.ts';
import { locate } from './locate.ts';
import type { ManifestOptions, ManifestSource, ManifestText, ReadManifest } from './options.ts';
import { fileName, formatPath, type Problem } from './problem.ts';
import { readWhole } from './source.ts';
import { parseJson, type SyntaxProblem } from './syntax.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

/** Reads a manifest that is one JSON document, which stays in memory. */
export async function readJsonManifest(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  const file = fileName(source.path);
  const single = (problem: SyntaxProblem) => ({ problems: [{ file, path: '', ...problem }] });

  const bytes = await readWhole(source);
  const decoded = decodeUtf8(bytes);
  if ('problem' in decoded) return single(decoded.problem);
  const { text } = decoded;
  if (text.trim() === '') {
    return single({ line: 1, column: 1, message: 'the file is empty: expected a manifest' });
  }
  const parsed = parseJson(text, 'file');
  if ('problem' in parsed) return single(parsed.problem);

  const unknownFields = gatherUnknownFields();
  const checked = checkManifest(parsed.value, { checkUrl: options.checkUrl, unknownFields });
  if ('issues' in checked) {
    const problems = locate(text, checked.issues).map(({ path, message, line, column }) => ({
      file,
      line,
      column,
      path: formatPath(path),
      message,
    }));
    return { problems };
  }
  const manifest = createManifest(checked, options);
  const named = (options.job_id ?? checked.job_id) !== undefined;
  return { manifest, named, text: keepText(bytes), warnings: unknownFields.warnings() };
}

function createManifest({ job_id, stores }: CheckedManifest, options: ManifestOptions): Manifest {
  return {
    job_id: chooseJobId(job_id, options),
    store_count: stores.length,
    image_counts: Uint32Array.from(stores, (store) => store.images.length),
    async store(position) {
      const store = stores[position];
      if (!store) throw new RangeError(`no store at position ${position}`);
      return store;
    },
    async close() {},
  };
}

function keepText(bytes: Buffer): ManifestText {
  let kept: Buffer | null = bytes;
  const release = () => {
    kept = null;
  };
  return {
    form: 'json',
    async copyTo(path) {
      await writeFile(path, kept ?? '', { mode: 0o600, flag: 'wx' });
      release();
    },
    release,
  };
}
