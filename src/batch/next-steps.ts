import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Output } from '../files/output.ts';
import type { Facts } from '../reports/summary.ts';
import { needsOtherManifest } from '../results/other-manifest.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { jobFiles } from '../state/state-folder.ts';
import { programName } from '../terminal/program-name.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { type BatchJob, placesOf, resumeCommand } from './batch-job.ts';

/**
 * What to do about a job that failed, as commands: have its failures explained,
 * have a page made, do them again. Only what there is anything for: of a job
 * that is not kept the results file will do, if it is one.
 */
export async function nextSteps(running: BatchJob, format: ResultsFormat): Promise<Facts> {
  const { job, command, watch, output, reports } = running;
  const { job_id, status } = job.reducer;
  if (status() !== 'failed') return [];
  const looks =
    command !== null && !watch?.isGone()
      ? looksAt(job_id, job_id, command)
      : await stepsWithFile(output);
  const hasPage = reports.some(({ kind }) => kind === 'report');
  return [
    ...looks.filter(([name]) => name !== 'report' || !hasPage),
    ...(await waysOn(running, format)),
  ];
}

/** To run the manifest once it is corrected, where that must be, and to try again: what is at fault may be a server. */
async function waysOn(running: BatchJob, format: ResultsFormat): Promise<Facts> {
  const isLasting = running.job.reducer.failures.list().some(needsOtherManifest);
  const correct = isLasting ? await correctCommand(running, format) : null;
  const retry = resumeCommand(running, format, '--retry-failed');
  return [
    ...(correct === null ? [] : [['correct', correct] satisfies Facts[number]]),
    ...(retry === null ? [] : [['retry', retry] satisfies Facts[number]]),
  ];
}

async function correctCommand(running: BatchJob, format: ResultsFormat): Promise<string | null> {
  const { job, manifest_path, folder, options, command, watch } = running;
  if (!command || folder === null || watch?.isGone()) return null;
  const { correctedRun } = await import('../state/corrected-run.ts');
  const { job_id } = job.reducer;
  const kept = { manifest_path, files: jobFiles(folder), job_id };
  const run = await correctedRun({ command }, kept);
  return run?.(options, ...placesOf(running, format)) ?? null;
}

/** The same where there is only a results file; nothing where that is no file. */
export async function stepsWithFile({ name, shared }: Output): Promise<Facts> {
  if (shared || !(await isFile(name))) return [];
  const type = (...words: string[]) => [programName(), ...words.map(shellWord)].join(' ');
  return looksAt(name, basename(name, extname(name)), type);
}

function looksAt(from: string, page: string, type: (...words: string[]) => string): Facts {
  return [
    ['explain', type('explain', from)],
    ['report', type('report', from, '-o', `${page}.html`)],
  ];
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
