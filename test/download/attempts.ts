import type { Downloader } from '../../src/download/download.ts';
import { type BodyHint, isFault, type Measurer } from '../../src/job/effects.ts';
import { createMeasurer } from '../../src/measure/measure.ts';
import type { FaultCode } from '../../src/results/results-schema.ts';

/** How one attempt at an image ended, in the same shape for a fault and for an image. */
export type Attempt = {
  code: FaultCode | 'measured';
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
    push: (chunk: Uint8Array) => measurer?.push(chunk),
  };
  const { signal } = new AbortController();
  const received = await download(url, sink, {
    signal,
    onBytes() {},
    onHost() {},
    onWait() {},
  });
  const { http_status: status, host } = received;
  if (isFault(received)) return { code: received.code, status, host, message: received.message };
  if (!measurer) throw new Error('the download ended without a body');
  const size = measurer.end();
  if (isFault(size)) return { code: size.code, status, host, message: size.message };
  const message = `${size.width} x ${size.height} ${size.format}`;
  return { code: 'measured', status, host, message };
}
