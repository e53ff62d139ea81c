import { onAbort } from '../abort.ts';
import { type Begun, beginImage, type ImageSource } from './process.ts';
import type { SlotActivity } from './slots.ts';
import type { StoreTask } from './store.ts';

/** The image of a store that is fetched ahead of its turn. */
export type Prefetch = {
  /** Begins to fetch an image, unless there is nothing to fetch. It is shown when its turn comes. */
  begin(index: number, shown: SlotActivity): void;
  /** The image whose turn it is, if it was begun. */
  take(index: number): Begun | null;
  /** Cuts off what was begun and never had its turn: that counts for nothing. */
  drop(): void;
};

export function createPrefetch(
  task: Pick<StoreTask, 'known' | 'signal'>,
  source: ImageSource,
): Prefetch {
  const stop = new AbortController();
  const forget = onAbort(task.signal, () => stop.abort());
  let ahead: Begun | null = null;
  return {
    begin(index, shown) {
      if (index >= source.store.images.length || task.known[index]) return;
      ahead = beginImage(source, index, { ...shown }, stop.signal);
    },
    take(index) {
      const begun = ahead?.image.index === index ? ahead : null;
      ahead = null;
      return begun;
    },
    drop() {
      forget();
      stop.abort();
    },
  };
}
