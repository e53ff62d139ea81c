import { crc32 } from 'node:zlib';
import { eventSchema, type JobEvent } from '../results/events.ts';
import type { ImageResult } from '../results/results-schema.ts';
import { isUsualFinish } from '../results/usual-result.ts';
import { jsonLine } from '../terminal/prose.ts';

/**
 * A line of a journal: an event as JSON with one more key, its last, which
 * holds the CRC-32 (RFC 1952, 8) of all bytes before it. Lines of before that
 * have none.
 */

const KEY = ',"checksum":"';
/** Of the key, eight digits and the end of the line. */
const SEAL_LENGTH = KEY.length + '01234567"}'.length;

/** A line needs so many bytes besides its event's. */
export const MAX_SEAL_LENGTH = SEAL_LENGTH + 1;

/** The end of a line whose bytes are these so far: an event without its last brace. */
export function sealOf(bytes: Uint8Array): string {
  return `${KEY}${crc32(bytes).toString(16).padStart(8, '0')}"}`;
}

/** What a line of a journal holds: its event, null for none; and whether a checksum vouches for it. */
export type ParsedLine = { event: JobEvent | null; sealed: boolean };

/** Reads a line: what is not what was written is no event. */
export function parseLine(bytes: Buffer): ParsedLine {
  const { json, sealed } = unseal(bytes);
  const value = json === null ? undefined : parseParts(json);
  if (isUsualFinish(value)) return { event: value, sealed };
  const parsed = eventSchema.safeParse(value);
  return { event: parsed.success ? parsed.data : null, sealed };
}

/** The JSON of a line without its checksum; null where that is another one's. */
export function unseal(bytes: Buffer): { json: string | null; sealed: boolean } {
  const text = bytes.toString('utf8');
  if (!isSealed(text)) return { json: text, sealed: false };
  const sum = Number.parseInt(text.slice(-SEAL_LENGTH + KEY.length, -2), 16);
  const isRight = sum === crc32(bytes.subarray(0, bytes.length - SEAL_LENGTH));
  return { json: isRight ? `${text.slice(0, -SEAL_LENGTH)}}` : null, sealed: isRight };
}

const isSealed = (text: string) => text.startsWith(KEY, text.length - SEAL_LENGTH);

// Behind fields that hold no text of others: a time, a type, a job id, two numbers and a reason.
const RESULT = ',"result":{';

/**
 * The value of a text; undefined where it is no JSON. A result is parsed by
 * itself, so that what was checked is what `resultIn` gives out later, also
 * where a key stands twice.
 */
function parseParts(json: string): unknown {
  const begin = json.indexOf(RESULT);
  if (begin === -1 || !json.endsWith('}}')) return parseJsonLine(json);
  const event = parseJsonLine(`${json.slice(0, begin)}}`);
  const result = parseJsonLine(json.slice(begin + RESULT.length - 1, -1));
  return typeof event === 'object' && event !== null ? Object.assign(event, { result }) : undefined;
}

/** Any JSON value; undefined for what is none. */
export function parseJsonLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The JSON of the result in a line of which `parseLine` had an event, as it stands there. */
export function resultIn(line: string): string {
  const json = resultAsWritten(line);
  return json.endsWith(USUAL_END) ? json : withAllKeys(json);
}

/** How most results end. */
const USUAL_END = '"sha256":null,"file":null,"error":null}';

/** Results of journals from before lack some keys; absent means null, never a missing key. */
function withAllKeys(json: string): string {
  const result: ImageResult = JSON.parse(json);
  if ('sha256' in result && 'file' in result) return json;
  const { sha256 = null, file = null, error, ...rest }: Partial<ImageResult> = result;
  return jsonLine({ ...rest, sha256, file, error });
}

function resultAsWritten(line: string): string {
  const begin = line.indexOf(RESULT);
  if (begin !== -1) {
    if (isSealed(line)) return line.slice(begin + RESULT.length - 1, -SEAL_LENGTH);
    if (line.endsWith('}}')) return line.slice(begin + RESULT.length - 1, -1);
  }
  // Not as this program writes it, but an event all the same.
  const event: { result: ImageResult } = JSON.parse(line);
  return jsonLine(event.result);
}
