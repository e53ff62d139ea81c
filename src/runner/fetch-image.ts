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

/**
 * The effect that fetches an image: its body goes to the measurer as it comes,
 * and is kept only where work wants it.
 */
export function createFetchImage(download: Download, keepsBodies: boolean): Effects['fetch'] {
  return async (url, hooks) => {
    const body = createBody(keepsBodies);
    const received = await download(url, body.sink, hooks);
    if (isFault(received)) return { fault: received, bytes: body.bytes() };
    return body.measure(received);
  };
}

/** The body of one attempt: measured, counted, kept. */
function createBody(isKept: boolean) {
  let measurer: Measurer | undefined;
  let bytes: number | null = null;
  let chunks: Uint8Array[] | null = null;
  const sink: BodySink = {
    start(hint) {
      measurer = createMeasurer(hint);
      bytes = 0;
      chunks = isKept ? [] : null;
    },
    push(chunk) {
      bytes = (bytes ?? 0) + chunk.length;
      chunks?.push(chunk);
      return measurer?.push(chunk) ?? false;
    },
  };
  return {
    sink,
    bytes: () => bytes,
    /** A fault of the measuring gets the host and status of the download. */
    measure({
      http_status,
      host,
    }: {
      http_status: number;
      host: string;
    }): Measured | FailedAttempt {
      const size: Size | Fault = measurer?.end() ?? NO_BODY;
      if (!isFault(size)) return { size, bytes: bytes ?? 0, chunks };
      return { fault: { ...size, http_status, host }, bytes };
    },
  };
}

const NO_BODY = createFault('internal', 'the download ended without a body');
