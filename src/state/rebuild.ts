import type { FileHandle } from 'node:fs/promises';
import { ImgjobError } from '../errors.ts';
import { createLineReader } from '../files/line-reader.ts';
import { countImages, type Manifest } from '../manifest/manifest.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { JobEvent } from '../results/events.ts';
import { createReducer, type Reducer } from '../results/reducer.ts';
import type { ResultsStore } from '../results/results-store.ts';
import { createJournal, type Journal, type JournalOptions } from './journal.ts';
import { createJournalResults, type ResultsSource } from './journal-results.ts';
import { readEvents } from './read-events.ts';

/** A job as its journal has it. */
export type RebuiltJob = {
  manifest: Manifest;
  reducer: Reducer;
  results: ResultsStore;
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
  append(options: Pick<JournalOptions, 'fsync' | 'resumeCommand'>): Promise<Journal>;
};

export type RebuildOptions = {
  /** Called with each event when the reducer has it. */
  onEvent?(event: JobEvent, reducer: Reducer): void;
};

/**
 * Rebuilds a job from its journal. Null where it was never started; throws
 * `journal-unreadable` where the journal is of another version or of another manifest.
 */
export async function rebuildJob(
  file: FileHandle,
  manifest: Manifest,
  { onEvent }: RebuildOptions = {},
): Promise<RebuiltJob | null> {
  let source: ResultsSource = { line: createLineReader(file) };
  const results = createJournalResults(manifest.image_counts, {
    line: (offset) => source.line(offset),
  });
  const reducer = createReducer(manifest, results);
  let options: JobOptions | null = null;

  const onLine = (event: JobEvent, offset: number): boolean => {
    if (!belongsTo(event, manifest, offset)) return false;
    reducer.apply(event, offset);
    if (event.type === 'job_started') options = event.options;
    if (event.type === 'job_resumed' && options)
      options = Object.assign({ ...options }, event.options);
    onEvent?.(event, reducer);
    return true;
  };
  const first = await readEvents(file, onLine);
  if (!first || !options) return null;
  let end = first;

  return {
    manifest,
    reducer,
    results,
    options,
    damaged: first.damaged,
    async readOn() {
      const before = end.next.offset;
      end = (await readEvents(file, onLine, end.next)) ?? end;
      return end.next.offset > before;
    },
    async append({ fsync, resumeCommand }) {
      const { next, tail } = end;
      if (tail?.event && onLine(tail.event, next.offset)) await file.write('\n');
      else await file.truncate(next.offset);
      const { size } = await file.stat();
      const { job_id } = manifest;
      const journal = createJournal(file, { job_id, end: size, fsync, resumeCommand });
      source = journal;
      return journal;
    },
  };
}

/** Whether an event can be one of this manifest's; refuses a journal that is another one's. */
function belongsTo(event: JobEvent, manifest: Manifest, offset: number): boolean {
  const { job_id, store_count, image_counts } = manifest;
  if (event.job_id !== job_id) return false;
  if (event.type === 'job_started') {
    if (event.stores === store_count && event.images === countImages(manifest)) return offset === 0;
    throw new ImgjobError(
      'journal-unreadable',
      "can't read the journal: it is of another manifest",
    );
  }
  if ('store' in event && event.store >= store_count) return false;
  return !('image' in event) || event.image < (image_counts[event.store] ?? 0);
}
