import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { systemCode } from '../errors.ts';
import type { Fault } from '../job/effects.ts';

export type BodyOptions = {
  /** The response's Content-Encoding, lower case. */
  encoding: string;
  /** Most decoded bytes a body may have. */
  max_bytes: number;
  push(chunk: Uint8Array): void;
  /** Called at most once, when the body turns out bad in its middle. */
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

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * Decodes a body and bounds its decoded size. Servers are asked for `identity`,
 * but some compress all the same (RFC 9110, 8.4). Null for an encoding that
 * can't be decoded.
 */
export function createDecodedBody(options: BodyOptions): Body | null {
  const create = DECODERS[options.encoding];
  return create ? decodedBody(create(), options, boundedPush(options)) : null;
}

function boundedPush({ max_bytes, push, fail }: BodyOptions): (chunk: Uint8Array) => void {
  let total = 0;
  return (chunk) => {
    total += chunk.length;
    if (total <= max_bytes) push(chunk);
    else fail(tooLarge(max_bytes));
  };
}

export function tooLarge(max_bytes: number): BodyFault {
  const message = `the body is larger than ${max_bytes} bytes`;
  return { code: 'too-large', reason: 'body-too-large', message };
}

function decodedBody(
  decoder: Transform,
  { encoding, fail }: BodyOptions,
  push: (chunk: Uint8Array) => void,
): Body {
  decoder.on('data', push);
  decoder.on('error', (error) => {
    // zlib's word for a stream that ends too early.
    if (systemCode(error) === 'Z_BUF_ERROR') {
      fail({ code: 'truncated', reason: null, message: `the ${encoding} body is cut off` });
    } else {
      const message = `the body is not valid ${encoding}`;
      fail({ code: 'corrupt-image', reason: null, message });
    }
  });
  return {
    push(chunk) {
      // The network is not held back: undici breaks when a response ends while it is
      // paused. What waits here is bounded by the size that a body may have.
      decoder.write(chunk);
    },
    end(done) {
      decoder.once('end', done);
      decoder.end();
    },
    destroy() {
      decoder.destroy();
    },
  };
}
