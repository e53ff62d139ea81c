import type { ImageResult } from '../results/results-schema.ts';
import { failedOf, type ResultsStore } from '../results/results-store.ts';
import type { Turns } from '../turns.ts';
import { resultIn } from './journal-line.ts';

/** Where results are read from: the journal that is written, or one that is only read. */
export type ResultsSource = { line(offset: number): string };

/** Results of images by where their lines begin in the journal, 8 bytes an image. A store's are read in turns, where there are any. */
export function createJournalResults(
  image_counts: Uint32Array,
  source: ResultsSource,
  turns: Turns | null = null,
): ResultsStore {
  const firsts = new Float64Array(image_counts.length + 1);
  for (const [store, count] of image_counts.entries()) {
    firsts[store + 1] = (firsts[store] ?? 0) + count;
  }
  const first = (store: number) => firsts[store] ?? 0;
  // Offsets are kept plus one, so that 0 is none. Doubles count exactly up to 2^53.
  const offsets = new Float64Array(first(image_counts.length));

  function jsonAt(kept: number): string | undefined {
    return kept === 0 ? undefined : resultIn(source.line(kept - 1));
  }

  function resultAt(kept: number): ImageResult | undefined {
    const json = jsonAt(kept);
    // Written by this process, or checked when it was read: a second check costs more than all the rest.
    return json === undefined ? undefined : JSON.parse(json);
  }

  const offsetsOf = (store: number) => offsets.subarray(first(store), first(store + 1));

  const read = (store: number) => Array.from(offsetsOf(store), resultAt);

  async function readEach<T>(store: number, readAt: (kept: number) => T): Promise<T[]> {
    const values: T[] = [];
    for (const kept of offsetsOf(store)) {
      values.push(readAt(kept));
      const pause = turns?.over();
      if (pause) await pause;
    }
    return values;
  }

  return {
    put(store, image, _result, offset) {
      const index = first(store) + image;
      const replaced = offsets[index] ?? 0;
      offsets[index] = offset + 1;
      return resultAt(replaced);
    },
    dropFailed(store) {
      const dropped = failedOf(read(store));
      for (const { image } of dropped) offsets[first(store) + image] = 0;
      return dropped;
    },
    peek: read,
    read: (store) => readEach(store, resultAt),
    readJson: (store) => readEach(store, jsonAt),
  };
}
