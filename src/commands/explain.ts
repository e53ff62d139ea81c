import { EXIT, ImgjobError } from '../errors.ts';
import type { Change } from '../explain/change.ts';
import {
  type ExplainedJob,
  imageLines,
  jobLines,
  otherLines,
  storeLines,
} from '../explain/explanation.ts';
import { gatherFacts, type Subject } from '../explain/facts.ts';
import {
  type Found,
  type FoundImage,
  findCauses,
  findNear,
  findTarget,
} from '../explain/findings.ts';
import { printLines } from '../files/print.ts';
import { documentOf, type ResultsDocument } from '../results/document.ts';
import { locateState, type State } from '../state/locate.ts';
import { type KeptRun, ongoingWord, openResults, readKeptRun } from '../state/open-results.ts';
import { log } from '../terminal/log.ts';
import { didYouMean } from '../terminal/near-names.ts';
import { formatCounted } from '../terminal/numbers.ts';
import { showText, showUrl } from '../terminal/prose.ts';
import { headerWord, shellWord } from '../terminal/shell-word.ts';
import { detectStyle } from '../terminal/style.ts';

const MAX_CAUSES = 10;
const NOT_KEPT = 'its job is not kept here: run its manifest again';

export type ExplainOptions = { stateDir?: string };

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
    const blocks =
      target === undefined ? await jobBlocks(subject) : await targetBlocks(subject, target);
    await printLines(blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])));
    return EXIT.ok;
  } finally {
    await alongside?.job.close();
    await opened.close();
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

async function jobBlocks(subject: Subject): Promise<string[][]> {
  const causes = await findCauses(subject.document);
  const job = explainedJob(subject, null);
  const shown = causes.list.slice(0, MAX_CAUSES);
  const factsOf = await gatherFacts(
    subject,
    shown.map(({ first }) => first),
  );
  const blocks = shown.map((cause) => [
    ...imageLines(cause.first, factsOf(cause.first), job),
    ...otherLines(cause),
  ]);
  const rest = causes.list
    .slice(MAX_CAUSES)
    .reduce((sum, { count }) => sum + count, causes.ungrouped);
  const more = rest > 0 ? [[`… and ${formatCounted(rest, 'failure')} of other causes`]] : [];
  return [jobLines(job, causes), ...blocks, ...more];
}

async function targetBlocks(subject: Subject, target: string): Promise<string[][]> {
  const found = await findTarget(subject.document, target);
  if (found.storeCount + found.imageCount === 0) throw await unknownImage(subject, target);
  const job = explainedJob(subject, found.onlyFailed);
  // A store's id is tried first.
  const stores = found.stores;
  const images = stores.length > 0 ? stores.flatMap(({ failed }) => failed) : found.images;
  const factsOf = await gatherFacts(subject, images);
  const block = (foundImage: FoundImage) => imageLines(foundImage, factsOf(foundImage), job);
  const blocks =
    stores.length > 0
      ? stores.flatMap((store) => [storeLines(store, job), ...store.failed.map(block)])
      : images.map(block);
  return [...blocks, ...moreBlocks(found)];
}

/** What is left out of very many. */
function moreBlocks({ stores, storeCount, images, imageCount }: Found): string[][] {
  if (stores.length === 0) {
    const more = imageCount - images.length;
    return more > 0 ? [[`… and ${formatCounted(more, 'more image')} with this URL`]] : [];
  }
  const moreStores = storeCount - stores.length;
  const moreFailed = stores.reduce((sum, one) => sum + one.failedCount - one.failed.length, 0);
  return [
    ...(moreFailed > 0 ? [[`… and ${formatCounted(moreFailed, 'more failed image')}`]] : []),
    ...(moreStores > 0 ? [[`… and ${formatCounted(moreStores, 'more store')} of this id`]] : []),
  ];
}

async function unknownImage({ document }: Subject, target: string): Promise<ImgjobError> {
  const { job_id } = document.head;
  const message = `there is no store and no URL ${showUrl(target)} in ${showText(job_id)}`;
  const usual = 'Write them in full, as the manifest has them, or as imgjob shows them.';
  const hint = didYouMean(await findNear(document, target)) ?? usual;
  return new ImgjobError('unknown-image', message, { hint });
}

function explainedJob(subject: Subject, onlyFailed: string | null): ExplainedJob {
  const { document, kept, state } = subject;
  const { head } = document;
  const word = ongoingWord(kept);
  const resume = kept ? state.command('resume', head.job_id) : NOT_KEPT;
  const goOn = kept?.runner || kept?.server ? null : resume;
  const style = detectStyle(process.stdout, process.env);
  return {
    head,
    word,
    goOn,
    onlyFailed,
    style,
    again: (change) => again(subject, change),
  };
}

/**
 * What makes a change: the command by which a job goes on that is kept. Where
 * its manifest is to be run again nobody knows what that is called.
 */
function again({ document, kept, state }: Subject, { by, options }: Change): string {
  // A run with another manifest takes over what is kept of the same.
  if (by === 'run' || !kept) {
    const words = [...(kept ? ['--reuse'] : []), ...options].map(shellWord);
    return ['run the manifest again', ...(words.length > 0 ? ['with'] : []), ...words].join(' ');
  }
  // Of headers only the names are kept: a resume must be given all of them.
  const given = new Set(options.map((word) => (typeof word === 'string' ? '' : word.variable)));
  const headers = kept.job.options.headers
    .map(headerWord)
    .filter(({ variable }) => !given.has(variable))
    .flatMap((word) => ['-H', word]);
  return state.command('resume', document.head.job_id, '--retry-failed', ...options, ...headers);
}
