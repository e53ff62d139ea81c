import { types } from 'node:util';
import { WorkError } from '../job/effects.ts';
import { outputJson } from './output.ts';

/** JSON of an image's output, or what its work failed with. */
export type Returned = string | { failed: unknown };

/**
 * What comes of each of `count` images from what the work on them returned: as
 * many outputs, in their order. An element that is an `Error`, or that JSON
 * can't hold, fails its image alone. Throws where there are not as many.
 */
export function outcomesOf(returned: unknown, count: number): Returned[] {
  const outputs: unknown[] | null = Array.isArray(returned) ? returned : null;
  if (outputs?.length !== count) {
    const what = outputs ? `${outputs.length} outputs` : 'no array';
    const message = `the work returned ${what} for a batch of ${count}`;
    throw new WorkError('bad-output', message, { retryable: false });
  }
  return Array.from(outputs, outcomeOf);
}

function outcomeOf(output: unknown): Returned {
  if (types.isNativeError(output) || output instanceof Error) return { failed: output };
  try {
    return outputJson(output);
  } catch (error) {
    return { failed: error };
  }
}
