import { onAbort } from '../abort.ts';
import { createDownloader, type Downloader } from '../image/download.ts';
import { createMeasurer } from '../image/measure.ts';
import type { Effects } from '../job/effects.ts';
import type { JobOptions } from '../job/events.ts';
import { readVersion } from '../version.ts';
import { createClock } from './clock.ts';

/** The real effects: the network, the clocks, and the sleep that stands for GPU work. */
export function createEffects(
  options: JobOptions,
  emit: Effects['emit'],
): { effects: Effects; close: Downloader['close'] } {
  const user_agent = `imgjob/${readVersion()}`;
  const downloader = createDownloader({ ...options, user_agent });
  const elapsed = () => performance.now();
  const effects: Effects = {
    download: downloader.download,
    measurer: createMeasurer,
    async work(_image, { signal }) {
      await sleep(options.sleep_ms, signal);
      return null;
    },
    sleep,
    now: createClock(Date.now, elapsed),
    elapsed,
    random: Math.random,
    emit,
  };
  return { effects, close: downloader.close };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
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
