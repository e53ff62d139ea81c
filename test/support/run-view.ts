import type { SlotActivity } from '../../src/job/slots.ts';
import type { RunView } from '../../src/progress/progress.ts';
import { createReducer, type Reducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { createSnapshots } from '../../src/results/snapshot.ts';
import { createManifest, equalStores } from './effects.ts';

/** A slot that downloads image 12 of 40 of a store, unless said otherwise. */
export function createActivity(overrides: Partial<SlotActivity> = {}): SlotActivity {
  return {
    job_id: 'spring-audit',
    store: 0,
    store_id: 'S0012',
    images: 40,
    image: 11,
    phase: 'work',
    bytes: 0,
    since: 0,
    host: 'img.example',
    worker: null,
    ...overrides,
  };
}

/** A run of one job of 2,000 images with so many of its slots at work. */
export function createRunView(slots: number, overrides: Partial<SlotActivity> = {}) {
  const manifest = createManifest(equalStores(50, 40), 'spring-audit');
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  return {
    reducer,
    ...viewOf(reducer),
    activities: Array.from({ length: slots }, (_, slot) =>
      createActivity({
        store: slot,
        store_id: `S${String(slot + 1).padStart(4, '0')}`,
        ...overrides,
      }),
    ),
  };
}

/** A run of one job, seen at a time that the caller moves on. */
export function viewOf(
  reducer: Reducer,
  { activities = [], elapsed = () => 0 }: Partial<RunView & { elapsed(): number }> = {},
): RunView {
  const look = createSnapshots(reducer, elapsed);
  return { snapshots: () => [look()], activities };
}
