import type { IncomingMessage } from 'node:http';
import { ImgjobError } from '../errors.ts';
import { MANIFEST_FORMS, type ManifestForm, MEDIA_TYPE } from '../manifest/format.ts';
import type { ManifestSource } from '../manifest/options.ts';
import { loadManifest } from '../manifest/read.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import type { Incoming } from '../service/incoming.ts';
import type { Asked } from './context.ts';
import { invalidManifest } from './problem-json.ts';
import { requestBody } from './request-body.ts';
import { whileAsked } from './stream.ts';

/** JSON is held in memory; what has a line for each entry goes through it, to a file. */
const MAX_JSON = 32 * 2 ** 20;
const MAX_LINES = 2 ** 30;
/** A client is told fewer: more are not looked for. */
const MOST_PROBLEMS = 1000;

/** As each form is called, and what else clients say. */
const FORM_OF = new Map<string, ManifestForm>([
  ...MANIFEST_FORMS.map((form): [string, ManifestForm] => [MEDIA_TYPE[form], form]),
  ['', 'json'],
  // What curl says of `-d`.
  ['application/x-www-form-urlencoded', 'json'],
  ['text/json', 'json'],
  ['text/plain', 'json'],
  // What programs say that know no better.
  ['application/octet-stream', 'json'],
  ['application/ndjson', 'ndjson'],
  ['text/x-ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['application/jsonlines', 'ndjson'],
  ['application/x-jsonlines', 'ndjson'],
]);

export type HandedManifest = {
  read: ReadInput;
  warnings: string[];
  /** A digest of the body. */
  content: string;
  /** Gives back the memory that the body takes, when the job has its own copy. */
  release(): void;
};

/** Reads the manifest of a request. Throws `manifest-invalid`, `unsupported-type`, `queue-full` and what is wrong with a body. */
export async function readHandedManifest(
  c: Asked,
  incoming: Incoming,
  job_id: string | null,
): Promise<HandedManifest> {
  const format = formatOf(c.env.incoming);
  if (format === 'json') {
    const body = await readJsonBody(c, incoming);
    return readManifestBytes(c, incoming, body, job_id);
  }
  const body = requestBody(c.env.incoming, { max_bytes: MAX_LINES });
  const copy = await incoming.spool(body.bytes);
  try {
    const source = { ...fromBody(once(Buffer.of())), copy };
    const how = { format, job_id, digest: body.digest };
    const handed = await whileAsked(c, (gone) => incoming.read(gone, () => load(source, how)));
    return { ...handed, release() {} };
  } catch (error) {
    await copy.close();
    throw error;
  }
}

function formatOf({ headers }: IncomingMessage): ManifestForm {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const name = type.trim().toLowerCase();
  const format = FORM_OF.get(name);
  if (format) return format;
  // RFC 6839, 3.1.
  if (/^application\/.+\+json$/.test(name)) return 'json';
  const known = MANIFEST_FORMS.map((form) => MEDIA_TYPE[form]);
  throw new ImgjobError('unsupported-type', `expected ${known.join(', ')}`);
}

/** A body that is held in memory until it is given back. */
export type HeldBody = { bytes: Buffer; digest(): string; release(): void };

/** Reads a whole JSON body of any type. */
export async function readJsonBody(c: Asked, incoming: Incoming): Promise<HeldBody> {
  const chunks: Uint8Array[] = [];
  const { add, release } = incoming.hold();
  try {
    const { bytes, digest } = requestBody(c.env.incoming, { max_bytes: MAX_JSON });
    for await (const chunk of bytes) {
      add(chunk.length);
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), digest, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** A manifest that is held in memory; where it is refused, its body is given back. Throws `manifest-invalid`. */
export async function readManifestBytes(
  c: Asked,
  incoming: Incoming,
  { bytes, digest, release }: HeldBody,
  job_id: string | null,
): Promise<HandedManifest> {
  const how = { format: 'json', job_id, digest } as const;
  try {
    const source = fromBody(once(bytes));
    const handed = await whileAsked(c, (gone) => incoming.read(gone, () => load(source, how)));
    return { ...handed, release };
  } catch (error) {
    release();
    throw error;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Clients are not told how the server calls what they have sent. */
function fromBody(bytes: AsyncIterable<Uint8Array>): ManifestSource {
  return { path: '-', stdin: bytes };
}

async function load(
  source: ManifestSource,
  how: { format: ManifestForm; job_id: string | null; digest(): string },
): Promise<Omit<HandedManifest, 'release'>> {
  const { format, job_id, digest } = how;
  const named = { format, job_id, now: Date.now, random: nextTail };
  const outcome = await loadManifest(source, {
    ...named,
    most_problems: MOST_PROBLEMS,
    form_by: 'content-type',
  });
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
