import { ongoingWord } from '../state/open-results.ts';
import { headerWord, shellWord } from '../terminal/shell-word.ts';
import type { Style } from '../terminal/style.ts';
import type { Change } from './change.ts';
import type { ExplainedJob } from './explanation.ts';
import type { Subject } from './facts.ts';

const NOT_KEPT = 'its job is not kept here: run its manifest again';

/** What everything of the job has in common. `onlyFailed` is the only store that failed, null where that is not known. */
export function explainedJob(
  subject: Subject,
  onlyFailed: string | null,
  style: Style,
): ExplainedJob {
  const { document, kept, state } = subject;
  const { head } = document;
  const word = ongoingWord(kept);
  const resume = kept ? state.command('resume', head.job_id) : NOT_KEPT;
  const goOn = kept?.runner || kept?.server ? null : resume;
  return {
    head,
    word,
    goOn,
    isKept: kept !== null,
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
