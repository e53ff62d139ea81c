import { ongoingWord } from '../state/open-results.ts';
import { isOfServer } from '../state/state-folder.ts';
import { headerWord, shellWord, type Word } from '../terminal/shell-word.ts';
import type { Style } from '../terminal/style.ts';
import type { Change } from './change.ts';
import type { ExplainedJob } from './explanation.ts';
import type { Subject } from './facts.ts';

const NOT_KEPT = 'its job is not kept here: run its manifest again';

/** What everything of the job has in common. `onlyFailed` is the only store that failed, null where that is not known. */
export async function explainedJob(
  subject: Subject,
  onlyFailed: string | null,
  style: Style,
): Promise<ExplainedJob> {
  const { document, kept, state } = subject;
  const { head } = document;
  const word = ongoingWord(kept);
  const isServers = kept !== null && isOfServer(kept.files);
  const resume = kept ? state.command('resume', head.job_id) : NOT_KEPT;
  const goOn = isServers ? wayOnServer(subject, 'resume') : resume;
  return {
    ...{ head, word, onlyFailed, style },
    goOn: kept?.runner || kept?.server ? null : goOn,
    goesOnByCommand: kept !== null && !isServers,
    again: isServers ? (change) => onServer(subject, change) : await waysAgain(subject),
  };
}

/** Where a server has a job, nobody else is to take it up. */
function onServer(subject: Subject, { by, options }: Change): ReturnType<ExplainedJob['again']> {
  if (by === 'serve') return asCommand(subject.state.command('serve', ...options));
  const handIn = 'hand the manifest in to its server again';
  if (by === 'run') return asSentence(handIn);
  if (options.length === 0) return asSentence(wayOnServer(subject, 'retry-failed'));
  return asSentence(`${handIn}, or start the server, with ${options.map(shellWord).join(' ')}`);
}

function wayOnServer({ document }: Subject, action: 'resume' | 'retry-failed'): string {
  return `on its page of the server, or by POST /api/v1/jobs/${document.head.job_id}/${action}`;
}

/**
 * What makes a change: the command by which a job goes on that is kept, or the
 * one that runs its manifest. Of a job that is not kept, and of a manifest
 * that was no file, nobody knows what that is called.
 */
async function waysAgain(subject: Subject): Promise<ExplainedJob['again']> {
  const { document, kept, state } = subject;
  const { job_id } = document.head;
  if (!kept) return ({ options }) => asSentence(runAgain(options));
  const { manifest_path, options: was } = kept.job;
  const { correctedRun } = await import('../state/corrected-run.ts');
  const run = await correctedRun(state, { manifest_path, files: kept.files, job_id });
  return ({ by, options, set }) => {
    // A run with another manifest takes over what is kept of the same.
    if (by === 'run') {
      if (!run) return asSentence(runAgain(['--reuse', ...options]));
      return asCommand(run({ ...was, ...set }, ...options, ...resultsOf(subject)));
    }
    // Of headers only the names are kept: a resume must be given all of them.
    const given = new Set(options.map((word) => (typeof word === 'string' ? '' : word.variable)));
    const headers = was.headers
      .map(headerWord)
      .filter(({ variable }) => !given.has(variable))
      .flatMap((word) => ['-H', word]);
    return asCommand(state.command('resume', job_id, '--retry-failed', ...options, ...headers));
  };
}

/** The results file that was asked about is to be replaced, where it has the usual form. */
function resultsOf({ file }: Subject): string[] {
  return file?.endsWith('.json') ? ['-o', file] : [];
}

function runAgain(options: Word[]): string {
  const words = options.map(shellWord);
  return ['run the manifest again', ...(words.length > 0 ? ['with'] : []), ...words].join(' ');
}

const asCommand = (text: string) => ({ text, isCommand: true });
const asSentence = (text: string) => ({ text, isCommand: false });
