import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Facts } from '../reports/summary.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { programName } from '../terminal/program-name.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { type BatchJob, resumeCommand } from './batch-job.ts';

/**
 * What to do about a job that failed, as commands: have its failures explained,
 * have a page made, do them again. Only what there is anything for: of a job
 * that is not kept the results file will do, if it is one.
 */
export async function nextSteps(running: BatchJob, format: ResultsFormat): Promise<Facts> {
  const { job, command, watch, output, reports } = running;
  const { job_id, status } = job.reducer;
  if (status() !== 'failed') return [];
  const isKept = command !== null && !watch?.isGone();
  const name = isKept ? job_id : output.name;
  if (!isKept && (output.shared || !(await isFile(output.name)))) return [];
  const written = isKept ? job_id : basename(name, extname(name));
  const type = (...words: string[]) =>
    isKept ? command(...words) : [programName(), ...words.map(shellWord)].join(' ');
  const retry = resumeCommand(running, format, '--retry-failed');
  const hasPage = reports.some(({ kind }) => kind === 'report');
  return [
    ['explain', type('explain', name)],
    ...(hasPage
      ? []
      : ([['report', type('report', name, '-o', `${written}.html`)]] satisfies Facts)),
    ...(retry === null ? [] : ([['retry', retry]] satisfies Facts)),
  ];
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
