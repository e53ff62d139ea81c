import { onAbort } from '../abort.ts';
import { ImgjobError } from '../errors.ts';
import type { Claim } from '../state/claim.ts';
import type { Journal, JournalOptions } from '../state/journal.ts';

/** What can happen to the place where a job is kept while it runs. */
export type JournalWatch = {
  /** Whether it was deleted: then nothing can go on there later. */
  isGone(): boolean;
  /** Tells what a person should know of it, also what came before. */
  onWarning(tell: (text: string) => void): void;
};

type Watching = Pick<JournalOptions, 'fence' | 'onForeign'> & {
  watch: JournalWatch;
  /** Begins when the journal is there. */
  attach(journal: Journal): void;
};

/**
 * Watches over a journal: two processes must never write to one. A process
 * that was stopped for long, and held to be dead, looks at its lock before it
 * writes again; and whoever has the lock passes over what another has written.
 */
export function watchJournal({ lock }: Claim, job_id: string): Watching {
  let attached: Journal | null = null;
  let isSaid = false;
  const early: string[] = [];
  let tell = (text: string): void => {
    early.push(text);
  };

  function sayGone(): void {
    if (isSaid) return;
    isSaid = true;
    tell(`warning: the folder in which ${job_id} is kept was deleted: it can't be resumed`);
  }

  onAbort(lock.lost, () => {
    if (attached?.isDeleted()) sayGone();
    else attached?.refuse(lockLost(job_id, lock.lost.reason === 'taken'));
  });

  return {
    fence({ isDeleted, isForeign }) {
      // A file without a name is nobody else's.
      if (isDeleted) sayGone();
      else if (!lock.isHeld(isForeign)) return lockLost(job_id, lock.lost.reason === 'taken');
      return null;
    },
    onForeign(bytes) {
      tell(
        `warning: another process has written ${bytes} bytes to the journal of ${job_id}; this one has the job, and goes on behind them`,
      );
    },
    attach(journal) {
      attached = journal;
    },
    watch: {
      isGone: () => attached?.isDeleted() ?? false,
      onWarning(listener) {
        tell = listener;
        for (const text of early.splice(0)) listener(text);
      },
    },
  };
}

function lockLost(job_id: string, isTaken: boolean): ImgjobError {
  const why = isTaken
    ? 'another process has taken the job, since this one was held to be dead'
    : 'the lock of the job is gone, and another process may have it';
  return new ImgjobError('lock-lost', `${job_id} is not run on: ${why}`, {
    hint: 'Its results are not written here. What this process has kept is in the journal.',
  });
}
