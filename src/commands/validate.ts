import { isFetchableLike, parseTarget } from '../download/target.ts';
import { EXIT } from '../errors.ts';
import type { ManifestFormat } from '../manifest/format.ts';
import { countImages } from '../manifest/manifest.ts';
import { printProblems, readManifests } from '../manifest/read-all.ts';
import { log } from '../terminal/log.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { showText } from '../terminal/prose.ts';

export type ValidateOptions = { manifestFormat: ManifestFormat };

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
  for (const warning of warnings) log(`warning: ${warning}`);
  printProblems(problems, Number.POSITIVE_INFINITY);
  for (const { manifest, path, text } of inputs) {
    text.release();
    const stores = formatCounted(manifest.store_count, 'store');
    const counts = `${stores}, ${formatCounted(countImages(manifest), 'image')}`;
    process.stderr.write(`${showText(path)}: valid, ${counts}\n`);
    await manifest.close();
  }
  return problems.length > 0 ? EXIT.usage : EXIT.ok;
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
