import type { Hash } from 'node:crypto';
import type { Download } from '../download/download.ts';
import type { BodySink } from '../download/exchange.ts';
import {
  createFault,
  type Effects,
  type FailedAttempt,
  type Fault,
  isFault,
  type Measured,
  type Measurer,
  type Size,
} from '../job/effects.ts';
import { createMeasurer } from '../measure/measure.ts';
import type { BodyFile, BodySaver } from '../save/body-saver.ts';

/** What is done with bodies besides measuring them. */
export type BodyUse = {
  /** Whether work wants them. */
  keepsBodies: boolean;
  /** Begins the digest of a body; null where none is asked for. */
  createDigest: (() => Hash) | null;
  /** Keeps them as files; null where they are not. */
  saver: BodySaver | null;
};

/**
 * The effect that fetches an image: its body goes to the measurer as it comes,
 * and is kept only where work wants it.
 */
export function createFetchImage(download: Download, use: BodyUse): Effects['fetch'] {
  return async (url, hooks) => {
    const body = createBody(use);
    const received = await download(url, body.sink, hooks);
    if (!isFault(received)) return body.measure(received);
    body.forget();
    return { fault: received, bytes: body.bytes() };
  };
}

/** The body of one attempt: measured, counted, kept. */
function createBody({ keepsBodies, createDigest, saver }: BodyUse) {
  let saved: BodyFile | null = null;
  let digest: Hash | null = null;
  let measurer: Measurer | undefined;
  let bytes: number | null = null;
  let chunks: Uint8Array[] | null = null;
  /** Throws what kept its file from being written. */
  function forget(): void {
    saved?.check();
    saved?.discard();
  }

  const sink: BodySink = {
    start(hint) {
      measurer = createMeasurer(hint);
      bytes = 0;
      chunks = keepsBodies ? [] : null;
      digest = createDigest?.() ?? null;
      saved?.discard();
      saved = saver?.begin() ?? null;
    },
    push(chunk) {
      bytes = (bytes ?? 0) + chunk.length;
      chunks?.push(chunk);
      digest?.update(chunk);
      // What can't be kept need not come: the job is over.
      const isOver = saved?.push(chunk) === false;
      return (measurer?.push(chunk) ?? false) || isOver;
    },
  };
  return {
    sink,
    bytes: () => bytes,
    forget,
    /** A fault of the measuring gets the host and status of the download. */
    measure({
      http_status,
      host,
    }: {
      http_status: number;
      host: string;
    }): Measured | FailedAttempt {
      const size: Size | Fault = measurer?.end() ?? NO_BODY;
      if (!isFault(size)) {
        saved?.check();
        const sha256 = digest?.digest('hex') ?? null;
        return { size, bytes: bytes ?? 0, sha256, chunks, saved };
      }
      forget();
      return { fault: { ...size, http_status, host }, bytes };
    },
  };
}

const NO_BODY = createFault('internal', 'the download ended without a body');
