import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ImgjobError } from '../errors.ts';
import { loadManifest } from '../manifest/read.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import { invalidManifest } from './problem-json.ts';
import { requestBody } from './request-body.ts';

/** JSON is held in memory; NDJSON goes through it, to a file. */
const MAX_JSON = 32 * 2 ** 20;
const MAX_NDJSON = 2 ** 30;

const MEDIA_TYPES: Record<string, 'json' | 'ndjson'> = {
  '': 'json',
  'application/json': 'json',
  // What curl says of `-d`.
  'application/x-www-form-urlencoded': 'json',
  'text/json': 'json',
  'text/plain': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};

export type HandedManifest = {
  read: ReadInput;
  warnings: string[];
  /** A digest of the body. */
  content: string;
};

/** Reads the manifest of a request. Throws `manifest-invalid`, `unsupported-type` and what is wrong with a body. */
export async function readHandedManifest(
  incoming: IncomingMessage,
  job_id: string | null,
): Promise<HandedManifest> {
  const format = formatOf(incoming);
  const max_bytes = format === 'json' ? MAX_JSON : MAX_NDJSON;
  const body = requestBody(incoming, { max_bytes });
  return load(body.bytes, { format, job_id, digest: body.digest });
}

function formatOf({ headers }: IncomingMessage): 'json' | 'ndjson' {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const format = MEDIA_TYPES[type.trim().toLowerCase()];
  if (format) return format;
  const message = 'expected application/json or application/x-ndjson';
  throw new ImgjobError('unsupported-type', message);
}

/** Reads a whole JSON body of any type. */
export async function readJsonBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of requestBody(incoming, { max_bytes: MAX_JSON }).bytes) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A manifest that is held in memory. Throws `manifest-invalid`. */
export function readManifestBytes(bytes: Buffer): Promise<HandedManifest> {
  const digest = () => createHash('sha256').update(bytes).digest('base64url');
  return load(once(bytes), { format: 'json', job_id: null, digest });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function load(
  bytes: AsyncIterable<Uint8Array>,
  how: { format: 'json' | 'ndjson'; job_id: string | null; digest(): string },
): Promise<HandedManifest> {
  const { format, job_id, digest } = how;
  const options = { format, job_id, now: Date.now, random: nextTail };
  const outcome = await loadManifest({ path: '-', stdin: bytes }, options);
  if ('problems' in outcome) throw invalidManifest(outcome.problems);
  const { warnings, ...input } = outcome;
  return { read: { ...input, path: '-' }, warnings, content: digest() };
}

const TAILS = 36 ** 4;
let tail = Math.floor(Math.random() * TAILS);

/** In place of chance: many jobs are handed in within a second, and no two may get one id. */
function nextTail(): number {
  tail = (tail + 1) % TAILS;
  return (tail + 0.5) / TAILS;
}
