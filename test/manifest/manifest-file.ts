import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { formatProblem, type Problem } from '../../src/manifest/problem.ts';
import { loadManifest, type ManifestOptions, type ReadManifest } from '../../src/manifest/read.ts';

const OPTIONS: ManifestOptions = {
  format: 'auto',
  job_id: null,
  now: () => Date.UTC(2026, 2, 1, 9, 30),
  random: () => 0.5,
};

/** Standard input that must not be read. */
async function* unread(): AsyncGenerator<Uint8Array> {
  yield* [];
  throw new Error('standard input was read');
}

export async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'manifest-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a manifest to a real file; answers its path. */
export function writeManifest(content: string | Uint8Array, name = 'manifest.json'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

export function readPath(path: string, options: Partial<ManifestOptions> = {}, stdin = unread()) {
  return loadManifest({ path, stdin }, { ...OPTIONS, ...options });
}

/** The manifest of a text that must be valid; closed after the test. */
export async function readValid(
  content: string | Uint8Array,
  name?: string,
  options?: Partial<ManifestOptions>,
): Promise<ReadManifest> {
  return valid(await readPath(writeManifest(content, name), options));
}

export function valid(outcome: ReadManifest | { problems: Problem[] }): ReadManifest {
  if ('problems' in outcome) throw new Error(outcome.problems.map(formatProblem).join('\n'));
  onTestFinished(() => outcome.manifest.close());
  return outcome;
}

/** The problems of a text that must have some. */
export async function problemsOf(
  content: string | Uint8Array,
  name?: string,
  options?: Partial<ManifestOptions>,
): Promise<Problem[]> {
  return invalid(await readPath(writeManifest(content, name), options));
}

export async function invalid(outcome: ReadManifest | { problems: Problem[] }): Promise<Problem[]> {
  if ('problems' in outcome) return outcome.problems;
  await outcome.manifest.close();
  throw new Error('the manifest is valid');
}

/** Problems as `line:column path: message`, without the file. */
export function lines(problems: Problem[]): string[] {
  return problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}
