import type { JobStart } from '../../src/job/controller.ts';
import type { Effects } from '../../src/job/effects.ts';
import { createStoreRunner } from '../../src/job/store.ts';
import type { Manifest } from '../../src/manifest/manifest.ts';
import type { JobOptions } from '../../src/options/job-options.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { OPTIONS } from './effects.ts';

/** What a controller starts: a job in memory, whose events go to its reducer. */
export function startOf(
  manifest: Manifest,
  effects: Effects,
  options: Partial<JobOptions> = {},
): JobStart {
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  const emit: Effects['emit'] = (event) => {
    const kept = effects.emit(event);
    reducer.apply(event);
    return kept;
  };
  const own = { ...effects, emit };
  const given = { ...OPTIONS, ...options };
  return {
    ...{ manifest, results, reducer, resume: null, takeOver: null, isWhole: null },
    options: given,
    effects: own,
    stores: createStoreRunner(own, given.concurrency),
  };
}
