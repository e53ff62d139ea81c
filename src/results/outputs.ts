import { jsonLine } from '../terminal/prose.ts';
import type { DocumentSource } from './document.ts';
import type { ImageResult } from './results-schema.ts';
import type { ResultsStore } from './results-store.ts';
import { inBlocks } from './results-text.ts';

/** What the work returned, kept aside: large outputs make results that no program reads in one piece. */

/**
 * A line of JSON for each image whose work was done, in manifest order, as
 * blocks of text: where it stands, its URL and its output.
 */
export function outputsText(source: DocumentSource): AsyncGenerator<string> {
  return inBlocks(outputLines(source));
}

async function* outputLines({ manifest, results }: DocumentSource): AsyncGenerator<string> {
  const { job_id, store_count } = manifest;
  for (let position = 0; position < store_count; position += 1) {
    const known = await results.read(position);
    const { store_id } = await manifest.store(position);
    for (const [index, result] of known.entries()) {
      if (result?.status !== 'completed') continue;
      const { url, output } = result;
      yield `${jsonLine({ job_id, store: position, store_id, index, url, output })}\n`;
    }
  }
}

/** The same results with null in the place of each output. */
export function withoutOutputs(results: ResultsStore): ResultsStore {
  const read = async (store: number) => (await results.read(store)).map(withoutOutput);
  return {
    ...results,
    read,
    readJson: async (store) => (await read(store)).map((result) => result && jsonLine(result)),
  };
}

function withoutOutput(result: ImageResult | undefined): ImageResult | undefined {
  return result && { ...result, output: null };
}
