import type { DocumentSource } from './document.ts';

/** The store that took longest; `images` counts those that were worked on. */
export type SlowestStore = { store_id: string; images: number; duration_ms: number };

/** The store of a job that took longest so far; null where none has ended. */
export async function slowestStore({
  reducer,
  manifest,
}: Pick<DocumentSource, 'reducer' | 'manifest'>): Promise<SlowestStore | null> {
  const slowest = reducer.slowest();
  if (!slowest) return null;
  const { store, images, duration_ms } = slowest;
  const { store_id } = await manifest.store(store);
  return { store_id, images, duration_ms };
}
