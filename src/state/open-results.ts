import { stat } from 'node:fs/promises';
import { ImgjobError, isOf, systemCode } from '../errors.ts';
import { nearFiles } from '../files/near-files.ts';
import { fileSource } from '../files/seekable.ts';
import { documentOf, type ResultsDocument } from '../results/document.ts';
import { openResultsFile } from '../results/results-file.ts';
import { log, logDamage } from '../terminal/log.ts';
import { didYouMean } from '../terminal/near-names.ts';
import { type KeptJob, readKeptJob } from './kept-job.ts';
import type { State } from './locate.ts';
import { type LockHolder, readHolder } from './lock-file.ts';
import { findJob, type JobFiles, lockPath } from './state-folder.ts';
import { hintOnFile, hintOnJobs } from './unknown-job.ts';
import { readServerOf } from './waiting-job.ts';

/** A job of the state folder, and who has it. */
export type KeptRun = {
  job: KeptJob;
  files: JobFiles;
  /** The process that runs it; null where none does. */
  runner: LockHolder | null;
  /** The server on which it waits for its turn; null where it does not. */
  server: LockHolder | null;
};

/** Results that were asked for by a file's name or a job's id. */
export type OpenResults = {
  document: ResultsDocument;
  /** The job they are of, where it is kept in the state folder; null for a file alone. */
  kept: KeptRun | null;
  close(): Promise<void>;
};

/** Where results may come from. */
export type ResultsSources = {
  /** The command that asks, for what is proposed where there are none. */
  command: string;
  /** Finds the state folder; throws `state-unwritable`. */
  state(): State;
  /** Read for `-`. */
  stdin(): AsyncIterable<Uint8Array>;
};

/**
 * Opens the results of a job of the state folder, or of a results file (JSON
 * or NDJSON; `-` is standard input). What is a file is taken for one, but a
 * folder may be called like a job. Throws `results-unreadable`, `unknown-job`
 * and `journal-unreadable`.
 */
export async function openResults(name: string, from: ResultsSources): Promise<OpenResults> {
  const isFile = name === '-' || (await isNoFolder(name));
  const kept = isFile ? null : await openKept(name, from.state());
  if (kept) return { document: documentOf(kept.job), kept, close: kept.job.close };
  if (!isFile && !/[./\\]/.test(name)) throw await unknown(name, from);
  const source = name === '-' ? { path: name, stdin: from.stdin() } : fileSource(name);
  const document = await openResultsFile(source).catch(async (error: unknown) => {
    throw await withHint(error, name, from);
  });
  return { document, kept: null, close: document.close };
}

/** A job of the state folder; null where there is none of this id. */
async function openKept(job_id: string, { folder }: State): Promise<KeptRun | null> {
  const run = await readKeptRun(folder, job_id);
  if (run) logDamage(run.job.damaged, log);
  return run;
}

/** A job of this id with what it has done; null where there is none, or it never started. */
export async function readKeptRun(state: string, job_id: string): Promise<KeptRun | null> {
  const files = await findJob(state, job_id);
  if (!files) return null;
  // In this order a job that ends meanwhile has ended, and is not taken for an interrupted one.
  const runner = await readHolder(lockPath(state, job_id));
  const job = await readKeptJob(files);
  if (!job) return null;
  const server = runner ? null : await readServerOf(state, files, job.reducer);
  return { job, files, runner, server };
}

/** What a job is called that has not ended: of a file alone it is not known which. */
export function ongoingWord(
  kept: KeptRun | null,
): 'running' | 'queued' | 'interrupted' | 'ongoing' {
  if (!kept) return 'ongoing';
  if (kept.runner) return 'running';
  return kept.server ? 'queued' : 'interrupted';
}

async function unknown(name: string, from: ResultsSources): Promise<ImgjobError> {
  const hint = didYouMean(await nearFiles(name)) ?? (await hintOnJobs(from.state(), name));
  return new ImgjobError('unknown-job', `there is no file and no job ${name}`, { hint });
}

/** What may have been meant by a file that holds no results, or is not there. */
async function withHint(error: unknown, name: string, from: ResultsSources): Promise<unknown> {
  if (!(error instanceof ImgjobError) || !isOf(error, 'results-unreadable')) return error;
  const isThere = systemCode(error.cause) !== 'ENOENT';
  const hint = isThere
    ? await hintOnFile(from.state(), name, from.command)
    : didYouMean(await nearFiles(name));
  if (hint === null) return error;
  return new ImgjobError('results-unreadable', error.message, { cause: error.cause, hint });
}

function isNoFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => !stats.isDirectory(),
    () => false,
  );
}
