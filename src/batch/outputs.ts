import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ImgjobError } from '../errors.ts';
import { followed, namedDescriptor } from '../files/links.ts';
import { makeFolder } from '../files/make-folder.ts';
import { openOutput } from '../files/open-output.ts';
import { type Output, unwritable } from '../files/output.ts';
import { type ReaderWait, standardOutput } from '../files/stream-output.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ResultsFormat } from '../results/results-text.ts';

/** Whose results they are, and the manifest's path: `-` is standard input. */
export type OutputInput = {
  manifest: Pick<Manifest, 'job_id'>;
  path: string;
  options: Pick<JobOptions, 'work'>;
};

export type OutputOptions = {
  output: string | undefined;
  format: ResultsFormat;
  waiting: ReaderWait;
};

/**
 * Opens the place for each job's results before anything is fetched: `-o`, or
 * standard output when that is a pipe or a file, or a file in the current
 * folder when it is a terminal.
 */
export async function openOutputs(
  inputs: OutputInput[],
  options: OutputOptions,
): Promise<Output[]> {
  const { output, format, waiting } = options;
  if (output === '') throw new ImgjobError('usage', '-o: the path is empty');
  if (await isForStandardOutput(output)) {
    const shared = standardOutput();
    return inputs.map(() => shared);
  }
  const ending = `results.${format}`;
  if (output === undefined) return openFiles(pathsInThisFolder(inputs, ending), inputs, waiting);
  const paths = await pathsFor(inputs, { path: output, option: '-o', ending });
  return openFiles(paths, inputs, waiting);
}

/** Whether `-o` names it, also as `/dev/stdout`, or nothing is named and it is no terminal. */
async function isForStandardOutput(output: string | undefined): Promise<boolean> {
  if (output === undefined) return !process.stdout.isTTY;
  if (output === '-') return true;
  const named = await namedDescriptor(output);
  return named?.own === true && named.descriptor === 1;
}

function pathsInThisFolder(inputs: OutputInput[], ending: string): string[] {
  const names = inputs.map(({ path, manifest }) => {
    const name = path === '-' ? manifest.job_id : basename(path).replace(/(.)\.[^.]*$/, '$1');
    return `${name}.${ending}`;
  });
  return new Set(names).size === names.length ? names : namesByJobId(inputs, ending);
}

function namesByJobId(inputs: Pick<OutputInput, 'manifest'>[], ending: string): string[] {
  return inputs.map(({ manifest }) => `${manifest.job_id}.${ending}`);
}

/** A place that was named: a file, or `DIR/` for a file of each job. */
export type NamedOutput = {
  path: string;
  /** The option that named it. */
  option: string;
  /** What comes after the job id where it is a folder: `results.json`. */
  ending: string;
};

/** The path of each job's file. */
export async function pathsFor(
  inputs: Pick<OutputInput, 'manifest'>[],
  { path, option, ending }: NamedOutput,
): Promise<string[]> {
  if (await isFolder(path)) return namesByJobId(inputs, ending).map((name) => join(path, name));
  if (inputs.length === 1) return [path];
  throw new ImgjobError('usage', `several jobs can't share one file for ${option}`, {
    hint: `Use ${option} ${path}/ for a folder with a file for each job.`,
  });
}

/** Opens files, and leaves none where one can't be opened or would overwrite a manifest. */
export async function openFiles(
  paths: string[],
  inputs: OutputInput[],
  waiting: ReaderWait,
): Promise<Output[]> {
  await refuseInputs(paths, inputs);
  const outputs: Output[] = [];
  try {
    for (const path of paths) outputs.push(await openOutput(path, waiting));
  } catch (error) {
    for (const opened of outputs) opened.discard();
    throw error;
  }
  return outputs;
}

/** Whether `-o` names a folder; one written with a slash at its end is made. */
async function isFolder(path: string): Promise<boolean> {
  const existing = await stat(path).catch(() => null);
  if (existing) return existing.isDirectory();
  if (!/[/\\]$/.test(path)) return false;
  await makeFolder(path).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  return true;
}

/** What a run reads must not be written over: its manifests, and the module of its work. */
async function refuseInputs(paths: string[], inputs: OutputInput[]): Promise<void> {
  const read = new Map<string, string>();
  for (const { path, options } of inputs) {
    if (options.work !== null) read.set(await followed(options.work), 'the module of the work');
    if (path !== '-') read.set(await followed(path), 'the manifest');
  }
  for (const path of paths) {
    const target = await followed(path);
    const what = read.get(target);
    if (what === undefined) continue;
    throw new ImgjobError('usage', `that would overwrite ${what} ${path}`, {
      hint: 'Name another file.',
    });
  }
}
