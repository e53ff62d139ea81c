import { onAbort } from '../abort.ts';
import { type Begun, beginImage, type ImageSource, type Retry } from './process.ts';
import type { SlotActivity } from './slots.ts';
import type { StoreHooks, StoreTask } from './store-runner.ts';

/** An image that was fetched ahead, and the retries that nobody was told of while it was not its turn. */
export type Ahead = { begun: Begun; retries: Retry[] };

/** The image of a store that is fetched ahead of its turn. */
export type Prefetch = {
  /** Begins to fetch an image, unless there is nothing to fetch. It is shown when its turn comes. */
  begin(index: number, shown: SlotActivity): void;
  /** The image whose turn it is, if it was begun: what happens to it is told from now on. */
  take(index: number): Ahead | null;
  /** Cuts off what was begun and never had its turn: that counts for nothing. */
  drop(): void;
};

export function createPrefetch(
  { known }: Pick<StoreTask, 'known'>,
  { signal }: Pick<StoreHooks, 'signal'>,
  source: ImageSource,
): Prefetch {
  const stop = new AbortController();
  const forget = onAbort(signal, () => stop.abort());
  let ahead: Ahead | null = null;
  const quiet: ImageSource = {
    ...source,
    onRetry(image, retry) {
      if (ahead?.begun.image === image) ahead.retries.push(retry);
      else source.onRetry(image, retry);
    },
  };
  return {
    begin(index, shown) {
      if (index >= source.store.images.length || known[index]) return;
      const begun = beginImage(quiet, index, { ...shown }, stop.signal);
      // What ends the job is told when its turn comes, if it comes.
      begun.fetched.catch(() => {});
      ahead = { begun, retries: [] };
    },
    take(index) {
      const taken = ahead?.begun.image.index === index ? ahead : null;
      ahead = null;
      return taken;
    },
    drop() {
      forget();
      stop.abort();
    },
  };
}
