import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ImgjobError } from '../errors.ts';
import { formatBytes } from '../terminal/numbers.ts';

/** A body that does not move for so long is given up. */
const IDLE_MS = 15_000;

export type BodyLimits = { max_bytes: number; idle_ms?: number };

export type RequestBody = {
  bytes: AsyncIterable<Uint8Array>;
  /** A digest of all that was read. */
  digest(): string;
};

/** The body of a request, once and in bounds. Throws `unsupported-coding`; reading it throws `body-too-large` and `body-too-slow`. */
export function requestBody(
  incoming: IncomingMessage,
  { max_bytes, idle_ms = IDLE_MS }: BodyLimits,
): RequestBody {
  checkCoding(incoming);
  const announced = Number(incoming.headers['content-length'] ?? 0);
  if (announced > max_bytes) throw tooLarge(max_bytes);
  const hash = createHash('sha256');

  async function* read(): AsyncGenerator<Uint8Array> {
    // Else the connection would be closed with it, and the answer lost.
    const chunks = incoming.iterator({ destroyOnReturn: false });
    let size = 0;
    for (;;) {
      const next = await inTime(chunks.next(), idle_ms).catch((error: unknown) => {
        // Whoever has gone is no failure of this server.
        throw incoming.destroyed && !incoming.complete ? gone(error) : error;
      });
      if (next.done) return;
      const chunk: Uint8Array = next.value;
      size += chunk.length;
      if (size > max_bytes) throw tooLarge(max_bytes);
      hash.update(chunk);
      yield chunk;
    }
  }

  return { bytes: read(), digest: () => hash.digest('base64url') };
}

/** Who sends a compressed body would have it checked as if it were the manifest. */
function checkCoding({ headers }: IncomingMessage): void {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return;
  throw new ImgjobError('unsupported-coding', 'expected a body that is not compressed');
}

function gone(cause: unknown): ImgjobError {
  return new ImgjobError('stopped', 'the client has gone', { cause });
}

function tooLarge(max_bytes: number): ImgjobError {
  return new ImgjobError('body-too-large', `the body is larger than ${formatBytes(max_bytes)}`);
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new ImgjobError('body-too-slow', 'no part of the body came for too long');
    timer = setTimeout(() => reject(error), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
