import type { StandingJob } from '../job/store-runner.ts';
import { newToldStore, type ToldStore } from './delivery.ts';

/** Stores that an earlier run has left with the fleet, of which something comes before their turn in this one. */
export type EarlyStores = {
  /** How far a store is; null where it has ended, or is not there. */
  of(position: number): Promise<ToldStore | null>;
  /** Its turn has come. */
  take(position: number): ToldStore | null;
};

export function createEarlyStores({ reducer, manifest, results }: StandingJob): EarlyStores {
  const early = new Map<number, ToldStore>();
  return {
    async of(position) {
      const known = early.get(position);
      if (known) return known;
      if (position >= manifest.store_count || reducer.hasEnded(position)) return null;
      const { images } = await manifest.store(position);
      const told = newToldStore(images, await results.read(position));
      early.set(position, told);
      return told;
    },
    take(position) {
      const told = early.get(position) ?? null;
      early.delete(position);
      return told;
    },
  };
}
