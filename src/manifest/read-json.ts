import { writeFile } from 'node:fs/promises';
import { decodeUtf8 } from '../syntax/encoding.ts';
import { type AcceptedManifest, acceptManifest, type Checks, tryParse } from './accept.ts';
import { chooseJobId } from './job-id.ts';
import type { Manifest } from './manifest.ts';
import type { ManifestOptions, ManifestSource, ManifestText, ReadManifest } from './options.ts';
import type { Problem } from './problem.ts';
import { readWhole } from './source.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

/** Reads a manifest that is one JSON document, which stays in memory. */
export async function readJsonManifest(
  source: ManifestSource,
  options: ManifestOptions,
): Promise<ReadManifest | { problems: Problem[] }> {
  const bytes = await readWhole(source);
  const unknownFields = gatherUnknownFields('fields');
  const accepted = accept(bytes, { checkUrl: options.checkUrl, unknownFields });
  if (!accepted) {
    // What is wrong is only worked out here, and what it takes is only loaded here.
    const { jsonProblems } = await import('./json-problems.ts');
    return { problems: jsonProblems(bytes, source, options) };
  }
  const manifest = createManifest(accepted, options);
  const named = (options.job_id ?? accepted.job_id) !== undefined;
  return { manifest, named, text: keepText(bytes), warnings: unknownFields.warnings() };
}

function accept(bytes: Buffer, checks: Checks): AcceptedManifest | null {
  const decoded = decodeUtf8(bytes);
  return 'text' in decoded ? acceptManifest(tryParse(decoded.text), checks) : null;
}

function createManifest({ job_id, stores }: AcceptedManifest, options: ManifestOptions): Manifest {
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
