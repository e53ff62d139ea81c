import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ImgjobError } from '../errors.ts';
import { fileSource } from '../files/seekable.ts';
import { JOB_ID } from '../job-id.ts';
import { loadManifest } from '../manifest/read.ts';
import { openResultsFile } from '../results/results-file.ts';
import { didYouMean, nearNames } from '../terminal/near-names.ts';
import { fileWord } from '../terminal/shell-word.ts';
import type { State } from './locate.ts';
import { findJob, listJobs } from './state-folder.ts';

/** A larger file is not read only to say what it is. */
const MAX_BYTES = 64 * 2 ** 20;

/** The error for an id that names no job, with what may have been meant by it. `command` is the one that was called. */
export async function unknownJob(
  state: State,
  job_id: string,
  command: string,
): Promise<ImgjobError> {
  const hint = (await hintOnFile(state, job_id, command)) ?? (await hintOnJobs(state, job_id));
  return new ImgjobError('unknown-job', `there is no job ${job_id}`, { hint });
}

/** `Did you mean spring-audit? imgjob status lists all jobs.` */
export async function hintOnJobs(state: State, job_id: string): Promise<string> {
  const jobs = await listJobs(state.folder).catch(() => []);
  const names = jobs.map(({ folder }) => basename(folder)).filter((name) => JOB_ID.test(name));
  const list = `${state.command('status')} lists all jobs.`;
  return [didYouMean(nearNames(job_id, names)), list].filter((part) => part !== null).join(' ');
}

/** What a file is whose name was given for a job's id; null for what is none that is known here. */
export async function hintOnFile(
  state: State,
  path: string,
  command: string,
): Promise<string | null> {
  const isReadable = await stat(path).then(
    (stats) => stats.isFile() && stats.size <= MAX_BYTES,
    () => false,
  );
  if (!isReadable) return null;
  const results = await jobOfResults(path);
  const manifest = results === null ? await jobOfManifest(path) : null;
  if (results === null && manifest === null) return null;
  const what = results === null ? 'a manifest' : 'a results file';
  if (manifest === UNNAMED) {
    return `That is a manifest without a job_id. ${state.command('status')} lists all jobs.`;
  }
  const job_id = results ?? manifest ?? '';
  const known = `That is ${what}: its job is ${job_id}`;
  if (await findJob(state.folder, job_id))
    return `${known}. Call: ${state.command(command, job_id)}`;
  if (results !== null) return `${known}, which is not kept here.`;
  return `${known}, which is not kept here. To run it: ${state.command('run')} ${fileWord(path)}`;
}

const UNNAMED = '';

/** Null for what is no results document. */
async function jobOfResults(path: string): Promise<string | null> {
  const document = await openResultsFile(fileSource(path)).catch(() => null);
  await document?.close();
  return document?.head.job_id ?? null;
}

/** Null for what is no manifest; empty where that names no job. */
async function jobOfManifest(path: string): Promise<string | null> {
  const how = { format: 'auto', job_id: null, now: Date.now, random: Math.random } as const;
  const outcome = await loadManifest(fileSource(path), how).catch(() => null);
  if (!outcome || 'problems' in outcome) return null;
  outcome.text.release();
  await outcome.manifest.close();
  return outcome.named ? outcome.manifest.job_id : UNNAMED;
}
