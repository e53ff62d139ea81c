import { Readable } from 'node:stream';
import { createByteInput } from '../answers/byte-input.ts';
import type { Coding } from '../answers/content-codings.ts';
import { isCutOff } from '../answers/decompress.ts';
import type { Fault } from '../job/effects.ts';

export type BodyOptions = {
  /** At least one, in the order in which they were applied. */
  codings: Coding[];
  /** Most decoded bytes a body may have. */
  max_bytes: number;
  push(chunk: Uint8Array): void;
  /** Called at most once, when the body turns out bad. */
  fail(kind: BodyFault): void;
};

export type BodyFault = Pick<Fault, 'code' | 'reason' | 'message'>;

export type Body = {
  push(chunk: Uint8Array): void;
  /** Ends the body; calls back when its last byte was pushed. */
  end(done: () => void): void;
  /** Gives up: nothing more is pushed. */
  destroy(): void;
};

class TooLargeError extends Error {}

/**
 * Decodes a body and bounds its decoded size. Servers are asked for `identity`,
 * but some compress all the same (RFC 9110, 8.4).
 */
export function createDecodedBody({ codings, max_bytes, push, fail }: BodyOptions): Body {
  // The network is not held back: undici breaks when a response ends while it is
  // paused. What waits here is bounded by the size that a body may have.
  const encoded = new Readable({ read() {} });
  let isDestroyed = false;
  let isDecoded = false;
  let finish: (() => void) | null = null;

  async function decode(): Promise<void> {
    for await (const chunk of decodeAll(encoded, codings, max_bytes)) {
      if (isDestroyed) return;
      push(chunk);
    }
    if (isDestroyed) return;
    isDecoded = true;
    finish?.();
  }

  decode().catch((error: unknown) => {
    if (!isDestroyed) fail(faultOf(error, codings, max_bytes));
  });
  return {
    push(chunk) {
      encoded.push(chunk);
    },
    end(done) {
      finish = done;
      encoded.push(null);
      if (isDecoded) done();
    },
    destroy() {
      isDestroyed = true;
      encoded.destroy();
    },
  };
}

/** The last coding that was applied is decoded first. What each makes is bounded: one may make little of much. */
function decodeAll(
  encoded: AsyncIterable<Uint8Array>,
  codings: Coding[],
  max_bytes: number,
): AsyncIterable<Uint8Array> {
  return codings.reduceRight(
    (bytes, { decode }) => bounded(decode(createByteInput(bytes)), max_bytes),
    encoded,
  );
}

async function* bounded(
  bytes: AsyncIterable<Uint8Array>,
  max_bytes: number,
): AsyncGenerator<Uint8Array, void> {
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > max_bytes) throw new TooLargeError();
    yield chunk;
  }
}

function faultOf(error: unknown, codings: Coding[], max_bytes: number): BodyFault {
  if (error instanceof TooLargeError) return tooLarge(max_bytes);
  const names = codings.map(({ name }) => name).join(', ');
  if (isCutOff(error)) {
    return { code: 'truncated', reason: null, message: `the ${names} body is cut off` };
  }
  return { code: 'corrupt-image', reason: null, message: `the body is not valid ${names}` };
}

export function tooLarge(max_bytes: number): BodyFault {
  const message = `the body is larger than ${max_bytes} bytes`;
  return { code: 'too-large', reason: 'body-too-large', message };
}
