import { isFetchableLike, parseTarget } from '../download/target.ts';
import { EXIT } from '../errors.ts';
import { printFolded, printJsonObject } from '../files/print.ts';
import type { ManifestFormat } from '../manifest/format.ts';
import { countImages } from '../manifest/manifest.ts';
import { fileName, formatProblem } from '../manifest/problem.ts';
import { type ReadInput, readManifests } from '../manifest/read-all.ts';
import { log } from '../terminal/log.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { showText } from '../terminal/prose.ts';

export type ValidateOptions = { manifestFormat: ManifestFormat; json: boolean };

/**
 * `imgjob validate <manifest...>`: every problem, also URLs that can't be
 * fetched; nothing is fetched. Answers 0 or 2.
 */
export async function validate(paths: string[], options: ValidateOptions): Promise<number> {
  const { inputs, warnings, problems } = await readManifests(paths, {
    format: options.manifestFormat,
    stdin: () => process.stdin,
    job_id: null,
    checkUrl: createUrlCheck(),
  });
  const manifests = inputs.map(sizeOf);
  for (const { manifest, text } of inputs) {
    text.release();
    await manifest.close();
  }
  if (options.json) {
    const valid = problems.length === 0;
    await printJsonObject({ schema_version: 1, valid, manifests, warnings, problems });
  } else {
    for (const warning of warnings) log(`warning: ${warning}`);
    await printFolded([...problems.map(formatProblem), ...manifests.map(sizeLine)]);
  }
  return problems.length > 0 ? EXIT.usage : EXIT.ok;
}

/** What is in a manifest that is valid. */
type Size = { file: string; job_id: string | null; stores: number; images: number };

/** A made-up id would be another one each time. */
function sizeOf({ manifest, named, path }: ReadInput): Size {
  const job_id = named ? manifest.job_id : null;
  const images = countImages(manifest);
  return { file: fileName(path), job_id, stores: manifest.store_count, images };
}

function sizeLine({ file, stores, images }: Size): string {
  const counts = `${formatCounted(stores, 'store')}, ${formatCounted(images, 'image')}`;
  return `${showText(file)}: valid, ${counts}`;
}

/**
 * Says what is wrong with a URL, or null. After an origin that was right once
 * little can be wrong any more (WHATWG URL Standard, 4.4: the states from the
 * path on have no failure), and most URLs share theirs.
 */
function createUrlCheck(): (url: string) => string | null {
  let right: string | null = null;
  return (url) => {
    if (right !== null && url.startsWith(right) && isFetchableLike(url)) return null;
    const target = parseTarget(url);
    if ('code' in target) return `${target.code}: ${target.message}`;
    right = /^https?:\/\/[a-z0-9.:-]+\//.exec(url)?.[0] ?? null;
    return null;
  };
}
