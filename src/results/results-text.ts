import { jsonLine } from '../terminal/prose.ts';
import {
  type DocumentSource,
  documentErrors,
  documentHead,
  documentStoreLines,
} from './document.ts';

export type ResultsFormat = 'json' | 'ndjson';

// Many small stores make one write.
const BLOCK_LENGTH = 65_536;

/**
 * The results document as blocks of text, put together store by store: no
 * string ever holds the whole of it. JSON is laid out for `grep` and `diff`,
 * a line for each field of the head and for each store.
 */
export function resultsText(source: DocumentSource, format: ResultsFormat): AsyncGenerator<string> {
  return inBlocks(format === 'json' ? jsonText(source, {}, true) : ndjsonText(source));
}

/** What a status is made of. */
export type StatusHead = {
  head: ReturnType<typeof documentHead>;
  /** As JSON each. */
  errors: AsyncIterable<string> | Iterable<string>;
};

/** The head of a results document with more fields after its summary. */
export function headText(head: StatusHead, more: Record<string, unknown>): AsyncGenerator<string> {
  return inBlocks(headJson(head, more, '\n}\n'));
}

async function* headJson({ head, errors }: StatusHead, more: Record<string, unknown>, end: string) {
  yield '{\n';
  for (const [name, value] of Object.entries({ ...head, ...more })) {
    yield `  ${jsonLine(name)}: ${jsonLine(value)},\n`;
  }
  yield '  "errors": [';
  yield* separated(errors, '', ', ');
  yield `]${end}`;
}

/** The results document with more fields after its summary; without the stores unless asked for. */
export function statusText(
  source: DocumentSource,
  more: Record<string, unknown>,
  stores: boolean,
): AsyncGenerator<string> {
  return inBlocks(jsonText(source, more, stores));
}

async function* jsonText(
  source: DocumentSource,
  more: Record<string, unknown>,
  stores: boolean,
): AsyncGenerator<string> {
  const errors = jsonLines(documentErrors(source));
  yield* headJson({ head: documentHead(source), errors }, more, '');
  if (stores) {
    yield ',\n  "stores": [';
    yield* separated(documentStoreLines(source), '\n    ', ',\n    ');
    yield '\n  ]';
  }
  yield '\n}\n';
}

/** One line a store, then one line: the document without its stores. Each carries `job_id`. */
async function* ndjsonText(source: DocumentSource): AsyncGenerator<string> {
  const job_id = jsonLine(source.reducer.job_id);
  for await (const store of documentStoreLines(source)) {
    yield `{"job_id":${job_id},${store.slice(1)}\n`;
  }
  yield `${jsonLine(documentHead(source)).slice(0, -1)},"errors":[`;
  yield* separated(jsonLines(documentErrors(source)), '', ',');
  yield ']}\n';
}

async function* jsonLines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield jsonLine(value);
}

async function* separated(lines: StatusHead['errors'], before: string, between: string) {
  let separator = before;
  for await (const line of lines) {
    yield separator + line;
    separator = between;
  }
}

/** Texts put together, so that each is worth a write. */
export async function* inBlocks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const text of texts) {
    block += text;
    if (block.length < BLOCK_LENGTH) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}
