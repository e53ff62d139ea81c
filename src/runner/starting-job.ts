import { ImgjobError } from '../errors.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import { createReducer } from '../results/reducer.ts';
import type { JobStatus } from '../results/results-schema.ts';
import type { Claim } from '../state/claim.ts';
import { createJournal, type Journal } from '../state/journal.ts';
import { createJournalResults } from '../state/journal-results.ts';
import { rebuildJob } from '../state/rebuild.ts';
import {
  filesOf,
  makeJobFolder,
  nameJournal,
  openNewJournal,
  previousFiles,
  stateUnwritable,
} from '../state/state-folder.ts';
import { syncJobFolder } from '../state/sync-job.ts';
import type { Log } from '../terminal/log.ts';
import {
  type ClaimedJob,
  type JobSettings,
  type Keeping,
  keepInMemory,
  wholePath,
} from './open-job.ts';
import { openReuse, type Reuse, type ReuseBy } from './reuse.ts';
import { watchJournal } from './watch-journal.ts';

export type StartingOptions = JobSettings & {
  fsync: boolean;
  /** How the earlier run of the job stands, which this one takes the place of. */
  earlier: JobStatus | 'unreadable' | null;
  /** By what images are known again whose results are taken over; null where none are. */
  reuse: ReuseBy | null;
  log: Log;
  /** Throws, or lets the job run without being kept. */
  tolerate(error: unknown): void;
};

/** A job that starts. */
export function startingJob(claim: Claim, read: ReadInput, given: StartingOptions): ClaimedJob {
  const { manifest, path, text } = read;
  const { options, headers } = given;
  const { release } = claim.lock;
  const { watch, check, attach, detach, ...watching } = watchJournal(claim, manifest.job_id);
  let journal: Journal | null = null;
  let reuse: Reuse | null = null;

  async function openKept(): Promise<Keeping> {
    const { job_id, image_counts } = manifest;
    const { folder } = claim.state;
    const { fsync, earlier } = given;
    // Before the earlier run gives way.
    reuse = given.reuse && (await openReuse(claim, { by: given.reuse, manifest, options, fsync }));
    const keepEarlier = await isToBeKept(claim, earlier);
    const { form, copyTo } = text;
    const newJob = { earlier: claim.files, form, copyTo, keepEarlier, fsync, check };
    const make = () => makeJobFolder(folder, job_id, newJob);
    // An earlier run whose results are taken over gives way when all of them are kept.
    const place = (reuse && claim.files) ?? (await make());
    if (earlier) {
      const how = { earlier: keepEarlier ? earlier : 'unreadable', reuses: reuse !== null };
      given.log(startsOver(claim, job_id, how));
    }
    const file = await openNewJournal(place);
    const name = async () => {
      await reuse?.told();
      const files = reuse ? await make() : place;
      await nameJournal(files, check);
      if (journal) attach(journal, files.journal);
      if (fsync) await syncJobFolder(files, folder);
      reuse?.kept();
    };
    const resumeCommand = claim.state.command('resume', job_id);
    journal = createJournal(file, { ...watching, job_id, end: 0, fsync, resumeCommand });
    if (!reuse) await name();
    const results = createJournalResults(image_counts, journal);
    const reducer = createReducer(manifest, results);
    const { command } = claim.state;
    const asKept = async () =>
      (await rebuildJob(file, manifest)) ?? keepInMemory(manifest).asKept();
    const takeOver = reuse && { results: reuse.results, done: name };
    const kept = { journal, folder: filesOf(folder, job_id).folder, command, watch, asKept };
    return { results, reducer, resume: null, takeOver, ...kept };
  }

  return {
    ...{ manifest, path, manifest_path: wholePath(path), options, headers, release },
    ...{ fetches: true, fsync: given.fsync, work: null },
    open: () =>
      openKept().catch((cause: unknown) => {
        if (cause instanceof ImgjobError) throw cause;
        // Whoever has the job by now has swept what was being made.
        check();
        given.tolerate(stateUnwritable(claim.state.folder, cause));
        text.release();
        return keepInMemory(manifest);
      }),
    async close() {
      detach();
      await journal?.close();
      await reuse?.close();
      await manifest.close();
      release();
    },
  };
}

/** A run that can't be read takes the place of one that can only where there is none. */
async function isToBeKept({ files }: Claim, earlier: StartingOptions['earlier']): Promise<boolean> {
  if (!files || earlier === null) return false;
  const { isReadable } = await import('../state/kept-job.ts');
  if (earlier !== 'unreadable' && (await isReadable(files))) return true;
  return !(await isReadable(previousFiles(files)));
}

type Start = { earlier: string; reuses: boolean };

function startsOver({ state }: Claim, job_id: string, { earlier, reuses }: Start): string {
  if (earlier === 'unreadable') return `${job_id} can't be read, and starts over`;
  const how = earlier === 'ongoing' ? 'was interrupted' : `has run before (${earlier})`;
  const command = state.command('results', job_id, '--previous');
  if (reuses) return `${job_id} ${how}: its results are taken over; as they were: ${command}`;
  return `${job_id} ${how} and starts over; its earlier results: ${command}`;
}
