import { basename } from 'node:path';
import { pathsFor } from '../batch/outputs.ts';
import { EXIT, ImgjobError } from '../errors.ts';
import { followed } from '../files/links.ts';
import { openOutput } from '../files/open-output.ts';
import type { Output } from '../files/output.ts';
import { type ReaderWait, standardOutput } from '../files/stream-output.ts';
import { htmlReport } from '../html/html-report.ts';
import { JOB_ID } from '../job-id.ts';
import { locateState } from '../state/locate.ts';
import { ongoingWord, openResults } from '../state/open-results.ts';
import { log } from '../terminal/log.ts';

/** Here a signal ends the process by itself. */
const UNTIL_KILLED: ReaderWait = {
  signal: new AbortController().signal,
  onWait: (path) => log(`waiting for a reader of ${path}`),
};

export type ReportOptions = {
  stateDir?: string;
  output?: string;
  /** Whether the page can show pictures, and where their files are; as the job has it unless it is said. */
  reportPictures?: boolean;
  save?: string;
};

/** `imgjob report <job_id|results.json>`: writes the results as one HTML page. */
export async function report(name: string, options: ReportOptions): Promise<number> {
  if (options.output === '') {
    throw new ImgjobError('usage', '-o: the path is empty');
  }
  if (options.save !== undefined && !options.reportPictures) {
    throw new ImgjobError('usage', '--save says where pictures are: it needs --report-pictures');
  }
  const state = () => locateState(options.stateDir, process.env);
  const sources = { command: 'report', state, stdin: () => process.stdin };
  const { document, kept, close } = await openResults(name, sources);
  let output: Output | null = null;
  try {
    const path = await pathOf(options.output, document.head.job_id);
    if (!kept) await refuseResults(name, path);
    output = path === null ? standardOutput() : await openOutput(path, UNTIL_KILLED);
    const results = kept || name === '-' ? 'results.json' : basename(name);
    const ran = kept?.job.options ?? null;
    const folder = options.save ?? ran?.save ?? null;
    const page = {
      results,
      ongoing: ongoingWord(kept),
      origin: { manifest: null, options: ran },
      pictures: options.reportPictures ? { folder, page: path } : null,
    };
    await output.write(() => htmlReport(document, page));
    if (!output.shared) {
      const needs = page.pictures && folder !== null ? `, and needs the pictures in ${folder}` : '';
      log(`the report is in ${output.name}${needs}`);
    }
    return EXIT.ok;
  } finally {
    output?.discard();
    await close();
  }
}

/** A page in the place of the results that it was made of would be the end of them. */
async function refuseResults(name: string, path: string | null): Promise<void> {
  if (path === null || name === '-') return;
  if ((await followed(path)) !== (await followed(name))) return;
  throw new ImgjobError('usage', `-o would overwrite the results: ${path}`);
}

/**
 * As results go: null for standard output where that is a pipe or a file, else
 * the file that was named, or one named after the job, in the folder that was named.
 */
async function pathOf(output: string | undefined, job_id: string): Promise<string | null> {
  if (output === '-' || (output === undefined && !process.stdout.isTTY)) return null;
  // A file may hold any text for an id, which must not become a path.
  const own = { job_id: JOB_ID.test(job_id) ? job_id : 'job' };
  const ending = 'report.html';
  if (output === undefined) return `${own.job_id}.${ending}`;
  const input = { manifest: own, path: '-' };
  const [path = output] = await pathsFor([input], { path: output, option: '-o', ending });
  return path;
}
