import pLimit from 'p-limit';
import { type DocumentSource, documentErrors, documentHead } from '../results/document.ts';
import type { ResultsStore } from '../results/results-store.ts';
import { type KeptJob, readKeptJob } from '../state/kept-job.ts';
import type { State } from '../state/locate.ts';
import { filesOf } from '../state/state-folder.ts';
import { jsonLine } from '../terminal/prose.ts';
import { checkWanted, createTurns, type Turns } from '../turns.ts';
import { createHeadCache, gatherErrors, type OpenHead } from './head-cache.ts';
import { type JobRecord, noSuchJob } from './job-record.ts';
import type { Service } from './service.ts';

/** What is read of jobs. The signal is aborted when whoever asked has gone: then no more is read, and `stopped` thrown. */
export type JobSources = {
  /** A job as it stands, until it is given back: one that runs as the runner has it, all others from the state folder. */
  open(record: JobRecord, signal: AbortSignal): Promise<HeldSource>;
  /**
   * What is made of a job by its journal alone, also while it runs: what is
   * read does not change meanwhile. Its files stay open until it is given back.
   */
  make<T>(record: JobRecord, signal: AbortSignal, make: MakeDocument<T>): Promise<Made<T>>;
  /** How a job stands. */
  head(record: JobRecord, signal: AbortSignal): Promise<OpenHead>;
};

export type HeldSource = { source: DocumentSource; release(): Promise<void> };
export type Made<T> = { made: T; release(): Promise<void> };
export type MakeDocument<T> = (source: KeptSource, turns: Turns) => Promise<T> | T;
/** A job as its journal has it, with what it was last run with. */
type KeptSource = DocumentSource & Pick<KeptJob, 'options'>;

/** Reading a journal takes the processor, and memory for each image: more than so many wait for their turn. */
const AT_ONCE = 2;

export function createJobSources(service: Pick<Service, 'hold'>, state: State): JobSources {
  const limit = pLimit(AT_ONCE);
  const heads = createHeadCache();

  function inLine<T>(signal: AbortSignal, work: (turns: Turns) => Promise<T>): Promise<T> {
    return limit(() => {
      checkWanted(signal);
      return work(createTurns(signal));
    });
  }

  async function openKept({ job_id }: JobRecord, turns: Turns) {
    const job = await readKeptJob(filesOf(state.folder, job_id), { turns });
    if (!job) throw noSuchJob(job_id);
    return { source: job, release: job.close };
  }

  function openHeld({ job_id }: JobRecord, signal: AbortSignal): HeldSource | null {
    const held = service.hold(job_id);
    if (!held) return null;
    const { manifest, reducer, results } = held.job;
    const turns = createTurns(signal);
    const source = { manifest, reducer, results: readInTurns(results, turns) };
    return { source, release: held.release };
  }

  async function make<T>(record: JobRecord, signal: AbortSignal, make: MakeDocument<T>) {
    return inLine(signal, async (turns) => {
      const { source, release } = await openKept(record, turns);
      try {
        return { made: await make(source, turns), release };
      } catch (error) {
        await release();
        throw error;
      }
    });
  }

  async function head(record: JobRecord, signal: AbortSignal): Promise<OpenHead> {
    const held = openHeld(record, signal);
    if (held) return headOf(held);
    return heads.get(record) ?? inLine(signal, (turns) => keptHead(record, turns));
  }

  async function keptHead(record: JobRecord, turns: Turns): Promise<OpenHead> {
    // Who came before may have read it.
    const known = heads.get(record);
    if (known) return known;
    const held = await openKept(record, turns);
    try {
      const open = headOf(held);
      const errors = await gatherErrors(open.errors);
      if (!errors) return headOf(held);
      await held.release();
      return heads.put(record, open.head, errors);
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  return {
    ...{ make, head },
    async open(record, signal) {
      return openHeld(record, signal) ?? inLine(signal, (turns) => openKept(record, turns));
    },
  };
}

function headOf({ source, release }: HeldSource): OpenHead {
  const { failures } = source.reducer;
  const groups = { groups: failures.list(), ungrouped: failures.ungrouped() };
  const head = { document: documentHead(source), failures: groups };
  const errors = source.reducer.failedStores() > 0 ? errorLines(source) : [];
  return { head, errors, release };
}

async function* errorLines(source: DocumentSource): AsyncGenerator<string> {
  for await (const error of documentErrors(source)) yield jsonLine(error);
}

/** A running job's results are read beside it, which must not wait for a reader. */
function readInTurns(results: ResultsStore, turns: Turns): ResultsStore {
  const after = async <T>(read: () => Promise<T>): Promise<T> => {
    const pause = turns.over();
    if (pause) await pause;
    return read();
  };
  return {
    ...results,
    read: (store) => after(() => results.read(store)),
    readJson: (store) => after(() => results.readJson(store)),
  };
}
