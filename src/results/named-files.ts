import type { ImageResult } from './results-schema.ts';

/** Tells whether one of these results names a file. */
export function namedFiles(
  results: readonly (Pick<ImageResult, 'file'> | undefined)[],
): (file: string) => boolean {
  const files = results.flatMap((result) => result?.file ?? []);
  if (files.length === 0) return none;
  const names = new Set(files.map(withoutCase));
  return (file) => names.has(withoutCase(file));
}

/** One function for all stores that have no such results: most jobs have no others. */
const none = () => false;

/** Equal for names that are one where case means nothing; in this order also for letters with two small forms. */
export function withoutCase(name: string): string {
  return name.toUpperCase().toLowerCase();
}
