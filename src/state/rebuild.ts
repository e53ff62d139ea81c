import type { FileHandle } from 'node:fs/promises';
import { createLineReader } from '../files/line-reader.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { JobEvent } from '../results/events.ts';
import { createReducer, type Reducer } from '../results/reducer.ts';
import type { ResultsStore } from '../results/results-store.ts';
import type { Turns } from '../turns.ts';
import { assumeDelivered } from './assume-delivered.ts';
import { createEventCheck } from './check-event.ts';
import { createJournal, type Journal, type JournalOptions } from './journal.ts';
import { createJournalResults, type ResultsSource } from './journal-results.ts';
import { type EventLine, readEvents } from './read-events.ts';

/** A job as its journal has it. */
export type RebuiltJob = {
  manifest: Manifest;
  reducer: Reducer;
  results: ResultsStore;
  /** The file its manifest was read from when it began; null where that was no file, or is not known. */
  manifest_path: string | null;
  /** The options it was last run with. */
  options: JobOptions;
  /** Numbers of the journal's damaged lines. */
  damaged: number[];
  /** Reads what was written since; answers whether there was anything. */
  readOn(): Promise<boolean>;
  /**
   * Goes on writing where the journal ends: a torn last line is cut off, one
   * that only lacks its newline is kept. The file must be open for appending.
   */
  append(options: Omit<JournalOptions, 'job_id' | 'end'>): Promise<Journal>;
  /** Reads it once more from its beginning, by the same open file. */
  again(): Promise<RebuiltJob | null>;
};

export type RebuildOptions = {
  /** Called with each event when the reducer has it. */
  onEvent?(event: JobEvent, reducer: Reducer, manifest: Manifest): void;
  /** Kept while it is read, and while results of it are. */
  turns?: Turns;
};

/**
 * Rebuilds a job from its journal. Null where it was never started; throws
 * `journal-unreadable` where the journal is of another version or of another manifest.
 */
export async function rebuildJob(
  file: FileHandle,
  manifest: Manifest,
  { onEvent, turns }: RebuildOptions = {},
): Promise<RebuiltJob | null> {
  let source: ResultsSource = { line: createLineReader(file) };
  const lines = { line: (offset: number) => source.line(offset) };
  const results = createJournalResults(manifest.image_counts, lines, turns);
  const reducer = createReducer(manifest, results);
  let options: JobOptions | null = null;
  let manifest_path: string | null = null;

  const check = createEventCheck(manifest);
  let last = 0;
  const apply = (event: JobEvent, { number, offset, sealed }: EventLine): true => {
    last = number;
    reducer.apply(event, offset);
    if (!sealed && event.type === 'job_finished') reducer.apply(assumeDelivered(event));
    if (event.type === 'job_started') {
      options = event.options;
      manifest_path = event.manifest_path ?? null;
    }
    if (event.type === 'job_resumed' && options)
      options = Object.assign({ ...options }, event.options);
    onEvent?.(event, reducer, manifest);
    return true;
  };
  const onLine = (event: JobEvent, line: EventLine) => {
    const belongs = check(event, line.offset);
    if (typeof belongs !== 'boolean') return belongs.then((yes) => yes && apply(event, line));
    return belongs && apply(event, line);
  };
  const first = await readEvents(file, onLine, undefined, turns);
  if (!first || !options) return null;
  // What is lost behind the end of a run can have been this.
  const { finished_at } = reducer.times();
  if (finished_at !== null && (first.damaged.at(-1) ?? 0) > last) {
    reducer.apply(assumeDelivered({ t: finished_at, job_id: manifest.job_id }));
  }
  let end = first;

  return {
    manifest,
    reducer,
    results,
    manifest_path,
    options,
    damaged: first.damaged,
    async readOn() {
      const before = end.next.offset;
      end = (await readEvents(file, onLine, end.next, turns)) ?? end;
      return end.next.offset > before;
    },
    again: () => rebuildJob(file, manifest, turns ? { turns } : {}),
    async append(options) {
      const { next, tail } = end;
      if (tail?.event && (await onLine(tail.event, next))) await file.write('\n');
      else await file.truncate(next.offset);
      const { size } = await file.stat();
      const { job_id } = manifest;
      const journal = createJournal(file, { ...options, job_id, end: size });
      source = journal;
      return journal;
    },
  };
}
