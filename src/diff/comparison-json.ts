import type { ResultsHead } from '../results/results-schema.ts';
import { jsonLine } from '../terminal/prose.ts';
import { CATEGORIES, type Comparison } from './compare.ts';
import type { ImagePair } from './image-pairs.ts';

/**
 * A comparison as one JSON document in blocks of text, laid out for `grep`: a
 * line for each field of the head, and one for each image. Keys are fixed;
 * what was not asked for is null.
 */
export async function* comparisonText(comparison: Comparison): AsyncGenerator<string> {
  yield `${[
    '{',
    '  "schema_version": 1,',
    `  "old": ${jsonLine(runOf(comparison.old))},`,
    `  "new": ${jsonLine(runOf(comparison.new))},`,
    `  "worse": ${comparison.worse},`,
    `  "summary": ${jsonLine(comparison.counts)}`,
  ].join('\n')}`;
  for (const category of CATEGORIES) {
    yield `,\n  "${category}": `;
    if (comparison.counts[category] === null) yield 'null';
    else yield* listText(comparison.differences[category]);
  }
  yield '\n}\n';
}

function runOf({ job_id, status, started_at, summary }: Omit<ResultsHead, 'errors'>) {
  return { job_id, status, started_at, stores: summary.stores, images: summary.images };
}

// Many small lines make one write.
const BLOCK_LINES = 200;

function* listText(pairs: ImagePair[]): Generator<string> {
  yield '[';
  for (let begin = 0; begin < pairs.length; begin += BLOCK_LINES) {
    const lines = pairs.slice(begin, begin + BLOCK_LINES).map((pair) => `\n    ${jsonLine(pair)}`);
    yield (begin === 0 ? '' : ',') + lines.join(',');
  }
  yield pairs.length === 0 ? ']' : '\n  ]';
}
