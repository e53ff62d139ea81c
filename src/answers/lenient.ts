import type { Socket } from 'node:net';
import { errors } from 'undici';
import { BadResponseError } from './bad-response.ts';
import { createStrictChunks } from './strict-chunks.ts';
import { toStrictHead } from './strict-head.ts';

/** Most bytes of headers that are read, as in browsers. */
export const MAX_HEADER_BYTES = 262_144;

const BLANK_LINE = /\n\r?\n/;
const BEGINNING = 'HTTP';

type Rewrite = (bytes: Buffer) => Buffer[];
const asItIs: Rewrite = (bytes) => [bytes];

/**
 * Lets the parser behind a connection read one answer that is not quite HTTP, as
 * browsers and curl read it: what comes is written anew as strict HTTP before
 * the parser has it. The connection must serve no other request: two readers of
 * a contradiction can differ on where the answer ends. What can't be read so
 * either ends it with a BadResponseError.
 */
export function readLeniently(socket: Socket): void {
  const rewrite = createRewriter();
  const push = socket.push.bind(socket);
  socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (!Buffer.isBuffer(chunk)) return push(chunk, encoding);
    try {
      return push(Buffer.concat(rewrite(chunk)));
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
      return false;
    }
  };
}

/** Writes one answer as strict HTTP, piece by piece. */
function createRewriter(): Rewrite {
  let head: Buffer[] = [];
  let length = 0;
  /** The last characters of the head so far: a blank line may come in pieces. */
  let tail = '';
  let rewriteBody: Rewrite | null = null;

  function takeHead(given: Buffer): Buffer[] {
    const bytes = length === 0 ? withoutLineEnds(given) : given;
    const before = length;
    head.push(bytes);
    length += bytes.length;
    if (before < BEGINNING.length) checkBeginning(head);
    // Only what is new is looked at, however slowly a head drips in.
    const text = tail + bytes.toString('latin1');
    const blank = BLANK_LINE.exec(text);
    if (blank) return endHead(before - tail.length + blank.index + blank[0].length);
    if (length > MAX_HEADER_BYTES) throw new errors.HeadersOverflowError();
    tail = text.slice(-2);
    return [];
  }

  function endHead(end: number): Buffer[] {
    const all = Buffer.concat(head);
    const { text, isInterim, isChunked } = toStrictHead(all.toString('latin1', 0, end));
    const rest = all.subarray(end);
    head = [];
    length = 0;
    tail = '';
    // undici breaks off at an interim answer that it did not ask for.
    if (isInterim) return rest.length === 0 ? [] : takeHead(rest);
    rewriteBody = isChunked ? createStrictChunks() : asItIs;
    return [Buffer.from(text, 'latin1'), ...rewriteBody(rest)];
  }

  return (bytes) => (rewriteBody ?? takeHead)(bytes);
}

function withoutLineEnds(bytes: Buffer): Buffer {
  let start = 0;
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start += 1;
  return bytes.subarray(start);
}

/** What does not begin like an answer need not come to a blank line to be none. */
function checkBeginning(head: Buffer[]): void {
  const begun = Buffer.concat(head).toString('latin1', 0, BEGINNING.length).toUpperCase();
  if (BEGINNING.startsWith(begun)) return;
  throw new BadResponseError('not-http', 'the server did not answer in HTTP');
}
