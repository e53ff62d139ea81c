import { onAbort } from '../abort.ts';
import { ImgjobError } from '../errors.ts';
import type { Claim } from '../state/claim.ts';
import type { Journal, JournalOptions } from '../state/journal.ts';

/** What can happen to the place where a job is kept while it runs. */
export type JournalWatch = {
  /** Whether it was deleted: then nothing can go on there later. */
  isGone(): boolean;
  /** Why this process may write nothing more of the job, its results too; null while it has the job. Looks now. */
  loss(): ImgjobError | null;
  /** Tells what a person should know of it, also what came before. */
  onWarning(tell: (text: string) => void): void;
};

type Watching = Pick<JournalOptions, 'fence' | 'onForeign'> & {
  watch: JournalWatch;
  /** Throws `lock-lost` where the job is no longer this process's: before what can't be taken back. */
  check(): void;
  /** Begins when the journal is there. */
  attach(journal: Journal, path: string): void;
  /** Ends before the journal is closed. */
  detach(): void;
};

/**
 * Watches over a journal: two processes must never write to one. A process
 * that was stopped for long, and held to be dead, looks at its lock before it
 * writes again; and whoever has the lock passes over what another has written.
 * Where somebody has only deleted the lock, it is taken again; where the whole
 * journal is gone, nobody else can have the job, and it is run to its end.
 */
export function watchJournal({ lock }: Claim, job_id: string): Watching {
  let attached: { journal: Journal; path: string } | null = null;
  let isSaid = false;
  const early: string[] = [];
  let tell = (text: string): void => {
    early.push(text);
  };

  /** Until there is a journal its place is somebody else's as well. */
  const standing = () => attached?.journal.standingAt(attached.path) ?? 'another';

  function sayGone(): void {
    if (isSaid) return;
    isSaid = true;
    tell(`warning: the folder of ${job_id} was deleted: it can't be resumed`);
  }

  /** What it means that the lock is lost. */
  function meaning(): ImgjobError | null {
    const isTaken = lock.lost.reason === 'taken';
    if (isTaken || standing() !== 'none') return lockLost(job_id, isTaken);
    sayGone();
    return null;
  }

  function loss(now: boolean): ImgjobError | null {
    return lock.isHeld(now) ? null : meaning();
  }

  lock.onMissing(() => standing() === 'untouched');
  onAbort(lock.lost, () => {
    const why = attached && meaning();
    if (why) attached?.journal.refuse(why);
  });

  return {
    fence({ isDeleted, isForeign }) {
      const why = loss(isDeleted || isForeign);
      if (isDeleted && !why) sayGone();
      return why;
    },
    onForeign(bytes) {
      tell(
        `warning: another process has written ${bytes} bytes to the journal of ${job_id}; this one has the job and goes on after them`,
      );
    },
    check() {
      const why = loss(true);
      if (why) throw why;
    },
    attach(journal, path) {
      attached = { journal, path };
    },
    detach() {
      attached = null;
    },
    watch: {
      isGone: () => attached !== null && standing() === 'none',
      loss: () => loss(true),
      onWarning(listener) {
        tell = listener;
        for (const text of early.splice(0)) listener(text);
      },
    },
  };
}

function lockLost(job_id: string, isTaken: boolean): ImgjobError {
  const why = isTaken
    ? 'another process has taken the job, since this one seemed dead'
    : 'the lock of the job is gone, and another process may have it';
  return new ImgjobError('lock-lost', `${job_id} stops here: ${why}`, {
    hint: 'Its results are not written here. What this process has kept is in the journal.',
  });
}
