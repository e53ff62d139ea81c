import pLimit from 'p-limit';
import { onAbort } from '../abort.ts';
import type { StoreMessage } from '../fleet/messages.ts';
import type { JobEvent } from '../results/events.ts';

/** So many workers died in a row at one image: it is failed, or it would take them all. */
export const MOST_DEATHS = 3;

/** Resolves with the end of the turn; with one that is over when the signal is aborted. */
export type LastChances = (signal: AbortSignal) => Promise<() => void>;

/**
 * A worker dies with all that it has at hand, and only one of these images is
 * to blame. So those that one more death would fail have their turn one after
 * another: who dies then has died at that one.
 */
export function createLastChances(): LastChances {
  const limit = pLimit(1);
  return (signal) =>
    new Promise((resolve) => {
      const forget = onAbort(signal, () => resolve(() => {}));
      const turn = () =>
        new Promise<void>((end) => {
          forget();
          if (signal.aborted) end();
          else resolve(end);
        });
      void limit(turn);
    });
}

type ImageFinished = Extract<JobEvent, { type: 'image_finished' }>;

/** The end of an image at which workers have died. */
export function workerLost(
  { job_id, store: { images } }: StoreMessage,
  store: number,
  image: number,
  t: string,
): ImageFinished {
  const nothing = { width: null, height: null, perimeter: null, twice_perimeter: null };
  const message = `${MOST_DEATHS} workers died in a row at this image`;
  return {
    ...{ t, type: 'image_finished', job_id, store, image },
    result: {
      ...{ url: images[image] ?? '', status: 'failed', ...nothing, format: null, bytes: null },
      ...{ attempts: MOST_DEATHS, started_at: t, duration_ms: 0, download_ms: 0, work_ms: null },
      ...{ output: null, sha256: null, file: null },
      error: { code: 'worker-lost', message, http_status: null, host: null },
    },
  };
}
