import { EXIT } from '../errors.ts';
import { parseTarget } from '../image/target.ts';
import { countImages } from '../job/manifest.ts';
import { showText } from '../prose.ts';
import { formatCounted } from '../report/numbers.ts';
import { type ManifestFormat, printProblems, readManifests } from './manifests.ts';

export type ValidateOptions = { manifestFormat: ManifestFormat };

/**
 * `imgjob validate <manifest...>`: every problem, also URLs that can't be
 * fetched; nothing is fetched. Answers 0 or 2.
 */
export async function validate(paths: string[], options: ValidateOptions): Promise<number> {
  const { inputs, warnings, problems } = await readManifests(paths, {
    format: options.manifestFormat,
    job_id: null,
    checkUrl,
  });
  for (const warning of warnings) process.stderr.write(`imgjob: warning: ${warning}\n`);
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

function checkUrl(url: string): string | null {
  const target = parseTarget(url);
  return 'code' in target ? `${target.code}: ${target.message}` : null;
}
