import { open, stat } from 'node:fs/promises';
import { isLastingFile } from '../files/lasting-file.ts';
import { pathFromHere } from '../files/path-from-here.ts';
import { manifestForm } from '../manifest/format.ts';
import type { JobOptions } from '../options/job-options.ts';
import { optionWords } from '../options/option-words.ts';
import { headerWord, type Word } from '../terminal/shell-word.ts';
import type { KeptJob } from './kept-job.ts';
import type { State } from './locate.ts';
import { type JobFiles, keptForm } from './state-folder.ts';

/** A job that is kept, and the file its manifest was read from: null where that was no file. */
export type KeptManifest = Pick<KeptJob, 'manifest_path' | 'files'> & { job_id: string };

/** So far an id of a job is looked for: where it comes later it is given once more. */
const HEAD_BYTES = 65_536;

/**
 * The command that runs a kept job with its manifest once that is corrected,
 * and takes over what the job has: a resume goes by the copy that is kept. The
 * options are those that it is to have. Null where the manifest was no file, or
 * is gone.
 */
export async function correctedRun(
  { command }: Pick<State, 'command'>,
  { manifest_path, files, job_id }: KeptManifest,
): Promise<((options: JobOptions, ...more: Word[]) => string) | null> {
  if (manifest_path === null || !(await isLastingFile(manifest_path))) return null;
  const form = keptForm(files);
  const path = pathFromHere(manifest_path).replace(/^-/, './-');
  const format = manifestForm(path, 'auto') === form ? [] : ['--manifest-format', form];
  const id = (await namesJob(files, job_id)) ? [] : ['--job-id', job_id];
  return (options, ...more) => {
    const headers = options.headers.flatMap((name) => ['-H', headerWord(name)]);
    const settings = [...optionWords(options), ...headers];
    return command('run', '--reuse', path, ...id, ...format, ...settings, ...more);
  };
}

/** Whether a manifest as it was read names the job itself: its id may have been given, or made up. */
async function namesJob(files: JobFiles, job_id: string): Promise<boolean> {
  if (keptForm(files) !== 'json') return false;
  const file = await open(files.manifest.json).catch(() => null);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const text = buffer.toString('utf8', 0, bytesRead);
    const [, named] = /"job_id"\s*:\s*"([^"\\]*)"/.exec(text) ?? [];
    return named?.toLowerCase() === job_id.toLowerCase();
  } finally {
    await file.close();
  }
}

/** Whether the manifest's file holds something else than was read from it when the job began. */
export async function hasManifestChanged({ manifest_path, files }: KeptManifest): Promise<boolean> {
  if (manifest_path === null || !(await isLastingFile(manifest_path))) return false;
  const copy = files.manifest[keptForm(files)];
  const [now, then] = await Promise.all([manifest_path, copy].map((path) => stat(path)));
  if (!now || !then || now.size !== then.size) return true;
  return now.mtimeMs > then.mtimeMs && !(await holdSame(manifest_path, copy));
}

/** Of two files of one size. */
async function holdSame(path: string, other: string): Promise<boolean> {
  const files = await Promise.all([open(path), open(other)]);
  try {
    for (let position = 0; ; position += HEAD_BYTES) {
      const [a, b] = await Promise.all(
        files.map((file) => file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, position)),
      );
      if (!a || !b || a.bytesRead !== b.bytesRead) return false;
      if (a.bytesRead === 0) return true;
      if (!a.buffer.subarray(0, a.bytesRead).equals(b.buffer.subarray(0, b.bytesRead)))
        return false;
    }
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}
