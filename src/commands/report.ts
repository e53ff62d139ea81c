import { basename } from 'node:path';
import { EXIT, ImgjobError } from '../errors.ts';
import { followed, type Output, openFileOutput, streamOutput } from '../report/output.ts';
import { htmlReport } from './html-report.ts';
import { openResults } from './open-results.ts';
import { say } from './say.ts';

export type ReportOptions = { stateDir?: string; output?: string };

/** `imgjob report <job_id|results.json>`: writes the results as one HTML page. */
export async function report(name: string, options: ReportOptions): Promise<number> {
  const { document, kept, close } = await openResults(name, options);
  let output: Output | null = null;
  try {
    if (!kept) await refuseResults(name, options.output);
    output = await openPlace(options.output, `${document.head.job_id}.report.html`);
    const results = kept || name === '-' ? 'results.json' : basename(name);
    await output.write(await htmlReport(document, { results }));
    if (!output.shared) say(`the report is in ${output.name}`);
    return EXIT.ok;
  } finally {
    output?.discard();
    await close();
  }
}

/** A page in the place of the results that it was made of would be the end of them. */
async function refuseResults(name: string, path: string | undefined): Promise<void> {
  if (path === undefined || path === '-' || name === '-') return;
  if ((await followed(path)) !== (await followed(name))) return;
  throw new ImgjobError('usage', `-o would overwrite the results: ${path}`);
}

/** As results go: to a pipe or a file where standard output is one, else to a file named after the job. */
function openPlace(path: string | undefined, ownName: string): Promise<Output> | Output {
  if (path === '-' || (path === undefined && !process.stdout.isTTY)) {
    return streamOutput(process.stdout);
  }
  return openFileOutput(path ?? ownName);
}
