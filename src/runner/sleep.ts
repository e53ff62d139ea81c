import { onAbort } from '../abort.ts';

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve) => {
    let forget = () => {};
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, ms);
    forget = onAbort(signal, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
