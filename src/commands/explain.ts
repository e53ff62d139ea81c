import { EXIT, ImgjobError } from '../errors.ts';
import { foundBlocks, jobBlocks } from '../explain/blocks.ts';
import { foundExplained, jobExplained } from '../explain/explained-json.ts';
import type { Subject } from '../explain/facts.ts';
import { type Found, findNear, findTarget } from '../explain/findings.ts';
import { printJsonObject, printLines } from '../files/print.ts';
import { documentOf, type ResultsDocument } from '../results/document.ts';
import { locateState, type State } from '../state/locate.ts';
import { type KeptRun, openResults, readKeptRun } from '../state/open-results.ts';
import { log } from '../terminal/log.ts';
import { didYouMean } from '../terminal/near-names.ts';
import { showShort, showText, showUrl } from '../terminal/prose.ts';
import { detectStyle } from '../terminal/style.ts';

export type ExplainOptions = {
  stateDir?: string;
  json: boolean;
  /** Every failed image, and not only the first of each cause. */
  all: boolean;
};

/** `imgjob explain <job_id|results.json> [store_id|url]`: what happened, and what would change it. */
export async function explain(
  name: string,
  target: string | undefined,
  options: ExplainOptions,
): Promise<number> {
  const state = locateState(options.stateDir, process.env);
  const opened = await openResults(name, {
    command: 'explain',
    state: () => state,
    stdin: () => process.stdin,
  });
  const { document } = opened;
  const alongside = opened.kept ? null : await keptRunOf(document, state);
  try {
    const file = opened.kept ? null : name;
    const subject = { file, document, kept: opened.kept ?? alongside, state };
    if (file !== null) logChange(subject);
    await (options.json ? printFields : printText)(subject, target, options.all);
    return EXIT.ok;
  } finally {
    await alongside?.job.close();
    await opened.close();
  }
}

/** Blocks of lines with an empty line between them, until nobody reads them. */
async function printText(
  subject: Subject,
  target: string | undefined,
  all: boolean,
): Promise<void> {
  const style = detectStyle(process.stdout, process.env);
  const blocks =
    target === undefined
      ? jobBlocks(subject, { all, style })
      : foundBlocks(subject, await find(subject, target, all), style);
  let isFirst = true;
  for await (const lines of blocks) {
    if (!(await printLines(isFirst ? lines : ['', ...lines]))) return;
    isFirst = false;
  }
}

/** The kept job that a results file is of; what can't be read is not needed. */
async function keptRunOf({ head }: ResultsDocument, state: State): Promise<KeptRun | null> {
  const run = await readKeptRun(state.folder, head.job_id).catch(() => null);
  if (run?.job.reducer.times().started_at === head.started_at) return run;
  await run?.job.close();
  return null;
}

/** Says where the job of a results file stands elsewhere by now. */
function logChange({ document: { head }, kept, state }: Subject): void {
  if (!kept) return;
  const now = documentOf(kept.job).head;
  if (JSON.stringify(now.summary) === JSON.stringify(head.summary)) return;
  const command = state.command('explain', now.job_id);
  log(`${now.job_id} has gone on since this file was written: ${command}`);
}

async function printFields(
  subject: Subject,
  target: string | undefined,
  all: boolean,
): Promise<void> {
  const fields =
    target === undefined
      ? await jobExplained(subject, all)
      : await foundExplained(subject, await find(subject, target, all));
  await printJsonObject(fields);
}

async function find(subject: Subject, target: string, all: boolean): Promise<Found> {
  const most = all ? Number.POSITIVE_INFINITY : undefined;
  const found = await findTarget(subject.document, target, most);
  if (found.storeCount + found.imageCount === 0) throw await unknownImage(subject, target);
  return found;
}

async function unknownImage({ document }: Subject, target: string): Promise<ImgjobError> {
  const { job_id } = document.head;
  const message = `there is no store and no URL ${showUrl(target)} in ${showText(job_id)}`;
  const usual = 'Write them in full, as the manifest has them, or as imgjob shows them.';
  const hint = didYouMean(await findNear(document, target)) ?? (await someStores(document, usual));
  return new ImgjobError('unknown-image', message, { hint });
}

/** So many ids of stores are told, and so much of each. */
const MAX_STORES = 5;
const MAX_ID = 40;

/** What may be asked about: stores that failed, or else the first ones. */
async function someStores(document: ResultsDocument, usual: string): Promise<string> {
  const { total, failed } = document.head.summary.stores;
  if (total === 0) return 'It has no stores.';
  const hasFailed = failed > 0;
  const ids = new Set<string>();
  let more = '';
  for await (const { store_id, status } of document.stores()) {
    if (hasFailed && status !== 'failed') continue;
    const id = showShort(store_id, MAX_ID);
    if (ids.size === MAX_STORES && !ids.has(id)) {
      more = ' and more';
      break;
    }
    ids.add(id);
  }
  return `${hasFailed ? 'Stores that failed' : 'Its stores'}: ${[...ids].join(', ')}${more}. ${usual}`;
}
