import type { OpenStores } from './open-stores.ts';
import type { RunPlace } from './run-place.ts';

/** Stores that come in one turn of the event loop go into the queue at once, at most so many. */
const AT_ONCE = 500;

export type PutSoonOptions = {
  stores: OpenStores;
  place: RunPlace;
  /** Does it until it is done. */
  insist(act: () => Promise<void>): Promise<void>;
  onFailure(error: unknown): void;
};

/** Puts stores into the queue. What is put twice is one store there: its key is the same. */
export function createPutSoon({ stores, place, insist, onFailure }: PutSoonOptions) {
  let waiting: number[] = [];

  async function putAll(): Promise<void> {
    const positions = waiting;
    waiting = [];
    for (let from = 0; from < positions.length; from += AT_ONCE) {
      const next = stores.toPut(positions.slice(from, from + AT_ONCE));
      if (next.length > 0) await insist(() => place.put(next));
    }
  }

  return (position: number): void => {
    waiting.push(position);
    if (waiting.length === 1) setImmediate(() => void putAll().catch(onFailure));
  };
}
