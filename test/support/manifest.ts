import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest, Store } from '../../src/job/manifest.ts';
import { formatProblem, type Problem } from '../../src/manifest/problem.ts';
import { type ManifestOptions, readManifest } from '../../src/manifest/read.ts';

export const READ: ManifestOptions = {
  format: 'auto',
  job_id: null,
  now: () => Date.UTC(2026, 2, 1, 9, 30),
  random: () => 0.5,
};

export type Outcome = {
  manifest: Manifest | null;
  stores: Store[];
  warnings: string[];
  problems: Problem[];
  /** The problems as they are printed, without the folder. */
  lines: string[];
};

/** Reads a manifest from a real file of that content and name, and all of its stores. */
export async function readText(
  content: string | Buffer,
  options: Partial<ManifestOptions> = {},
  name = 'manifest.json',
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-test-'));
  try {
    const path = join(folder, name);
    writeFileSync(path, content);
    const outcome = await readManifest({ path, stdin: process.stdin }, { ...READ, ...options });
    if ('problems' in outcome) {
      const { problems } = outcome;
      const lines = problems.map((problem) => formatProblem(problem).replace(`${folder}/`, ''));
      return { manifest: null, stores: [], warnings: [], problems, lines };
    }
    const { manifest, warnings } = outcome;
    const positions = Array.from({ length: manifest.store_count }, (_, position) => position);
    const stores = await Promise.all(positions.map((position) => manifest.store(position)));
    await manifest.close();
    return { manifest, stores, warnings, problems: [], lines: [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const readJson = (value: unknown, options: Partial<ManifestOptions> = {}) =>
  readText(JSON.stringify(value), options);
