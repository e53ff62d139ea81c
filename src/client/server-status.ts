import { ImgjobError } from '../errors.ts';
import { printFolded, printJsonList } from '../files/print.ts';
import { standardOutput } from '../files/stream-output.ts';
import { jobTable } from '../reports/job-table.ts';
import { workedIn } from '../reports/summary.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { formatCount, formatDuration, formatPace } from '../terminal/numbers.ts';
import { showText } from '../terminal/prose.ts';
import { textOf } from './answer-text.ts';
import { readStatus, type ServerJob } from './job-answers.ts';
import { jobPath } from './job-path.ts';
import { listedJobs, throwWithNear } from './listed-jobs.ts';
import { createServerClient, type ServerClient } from './server-client.ts';
import { resultsTexts } from './server-results.ts';
import { readToken } from './token.ts';

/** How jobs of a server stand, and their results, on standard output. */

type Asked = { server: string; token?: string };
type StatusAsked = Asked & { json: boolean; full: boolean; watch: boolean };

export async function printServerStatus(
  job_id: string | undefined,
  { json, full, watch, ...access }: StatusAsked,
): Promise<void> {
  if (full || watch) {
    const option = full ? '--full' : '--watch';
    throw new ImgjobError('usage', `${option} is for jobs of the state folder, not of a server`);
  }
  const client = await clientOf(access);
  if (job_id === undefined) {
    await printList(client, json);
    return;
  }
  const response = await client.ask(jobPath(job_id)).catch(throwWithNear(client, job_id));
  if (json) await standardOutput().write(() => textOf(response));
  else await printFolded(statusLines(await readStatus(response)));
}

export async function printServerResults(
  job_id: string,
  { format, previous, ...access }: Asked & { format: ResultsFormat; previous: boolean },
): Promise<void> {
  if (previous) throw new ImgjobError('usage', '--previous is for jobs of the state folder');
  const client = await clientOf(access);
  const texts = await resultsTexts(client, { job_id, format });
  await standardOutput().write(() => texts);
}

async function clientOf({ server, token }: Asked): Promise<ServerClient> {
  return createServerClient({ url: server, token: await readToken(token) });
}

async function printList(client: ServerClient, json: boolean): Promise<void> {
  const jobs: ServerJob[] = [];
  for await (const job of listedJobs(client)) jobs.push(job);
  if (json) {
    await printJsonList(jobs);
  } else if (jobs.length > 0) {
    await printFolded(jobTable(jobs));
  } else {
    process.stderr.write('no jobs yet\n');
  }
}

function statusLines(status: Awaited<ReturnType<typeof readStatus>>): string[] {
  const { job_id, state, duration_ms, summary, errors } = status;
  const { images, stores } = summary;
  const speed = formatPace(status);
  return [
    `${showText(state)}  ${showText(job_id)}  ${workedIn(images, formatDuration(duration_ms))}`,
    ...(speed.length > 0 ? [`  now      ${speed.join(', ')}`] : []),
    `  stores   ${countsOf(stores)}`,
    `  images   ${countsOf(images)}`,
    ...errors
      .slice(0, MOST_ERRORS)
      .map(({ store_id, error }) => `  failed   ${showText(`${store_id} ${error}`)}`),
    ...(errors.length > MOST_ERRORS
      ? [`  … and ${formatCount(errors.length - MOST_ERRORS)} more failed stores`]
      : []),
  ];
}

const MOST_ERRORS = 10;

function countsOf({ total, ...counts }: Record<string, number>): string {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  return present.map(([name, count]) => `${formatCount(count)} ${name}`).join('   ') || 'none';
}
