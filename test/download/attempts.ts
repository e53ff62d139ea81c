import type { Downloader } from '../../src/download/download.ts';
import { type BodyHint, isFault, type Measurer } from '../../src/job/effects.ts';
import { createMeasurer } from '../../src/measure/measure.ts';
import type { Reason } from '../../src/results/reasons.ts';
import type { FaultCode } from '../../src/results/results-schema.ts';

/** How one attempt at an image ended, in the same shape for a fault and for an image. */
export type Attempt = {
  code: FaultCode | 'measured';
  reason: Reason | null;
  status: number | null;
  host: string | null;
  /** The fault's, or the size as `40 x 30 png`. */
  message: string;
};

/** Downloads and measures one image, with the real download and the real measurer. */
export async function attemptImage(
  download: Downloader['download'],
  url: string,
): Promise<Attempt> {
  let measurer: Measurer | undefined;
  const sink = {
    start(hint: BodyHint) {
      measurer = createMeasurer(hint);
    },
    push: (chunk: Uint8Array) => measurer?.push(chunk) ?? false,
  };
  const { signal } = new AbortController();
  const received = await download(url, sink, {
    signal,
    onBytes() {},
    onHost() {},
    onWait() {},
  });
  const { http_status: status, host } = received;
  if (isFault(received)) {
    const { code, reason, message } = received;
    return { code, reason, status, host, message };
  }
  if (!measurer) throw new Error('the download ended without a body');
  const size = measurer.end();
  if (isFault(size)) {
    const { code, reason, message } = size;
    return { code, reason, status, host, message };
  }
  const message = `${size.width} x ${size.height} ${size.format}`;
  return { code: 'measured', reason: null, status, host, message };
}
