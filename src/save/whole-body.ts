import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageResult } from '../results/results-schema.ts';

/** Whether the file that a result names is there, with all its bytes. */
export function isWholeBody(root: string, { file, bytes }: ImageResult): boolean {
  if (file === null) return false;
  const stats = statSync(join(root, file), { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === bytes;
}
