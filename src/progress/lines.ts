import type { StoreError } from '../results/results-schema.ts';
import { formatCount, formatCounted, formatEta, formatRate } from '../terminal/numbers.ts';
import { logLine, showPlace, showText } from '../terminal/prose.ts';
import {
  type Progress,
  type Progression,
  type ProgressOptions,
  progressionOf,
} from './progress.ts';
import { createRateMeter, type RateMeter } from './rate.ts';
import { waitOf } from './wait.ts';

const INTERVAL_MS = 5000;
/** So many failed stores get a line of their own; the others are counted. A log must not drown. */
const MAX_FAILURE_LINES = 10;

/** Plain lines for logs: one when a job starts, one every 5 s, one for a failed store. */
export function createLines({ stream, run, elapsed }: ProgressOptions): Progress {
  let meter: RateMeter | null = null;
  let failures = 0;
  const print = (line: string) => void stream.write(`${logLine(line)}\n`);
  const timer = setInterval(() => print(statusLine()), INTERVAL_MS).unref();

  function progression(): Progression {
    const running = [...run.jobs.values()].map(({ reducer }) => reducer.summary());
    const ended = [...run.ended.values()].map(({ summary }) => summary);
    return progressionOf([...ended, ...running]);
  }

  function statusLine(): string {
    const { done, total, failed_stores } = progression();
    const ids = [...run.ended.keys(), ...run.jobs.keys()];
    const name = ids.length === 1 ? ids[0] : formatCounted(ids.length, 'job');
    const rate = meter?.sample(done) ?? null;
    return [
      name,
      `${formatCount(done)}/${formatCount(total)} images`,
      ...(rate === null
        ? []
        : [formatRate(rate), `eta ${formatEta(((total - done) * 1000) / rate)}`]),
      ...(failed_stores > 0 ? [`${formatCounted(failed_stores, 'store')} failed`] : []),
      ...longestWait(),
    ].join('  ');
  }

  function longestWait(): string[] {
    const now = elapsed();
    const [longest] = run.activities
      .filter((activity) => activity !== null && activity.phase === 'download')
      .sort((a, b) => (a?.since ?? 0) - (b?.since ?? 0));
    const wait = longest && waitOf(longest, now);
    return longest && wait ? [`${showText(longest.store_id)} ${showText(wait)}`] : [];
  }

  function failureLine(job_id: string, position: number, error: StoreError): string {
    const store = run.activities.find(
      (activity) => activity?.job_id === job_id && activity.store === position,
    );
    const place = showPlace(error.image, store?.images ?? 0, error.url);
    return `${showText(store?.store_id ?? '')} failed: ${place}: ${showText(error.message)}`;
  }

  return {
    everyEvent: false,
    onEvent(event) {
      // What was done before the run is not of its rate.
      if (event.type.startsWith('job_')) meter ??= createRateMeter(elapsed, progression().done);
      if (event.type === 'job_resumed') {
        const images = run.jobs.get(event.job_id)?.reducer.summary().images;
        const done = formatCount(images?.completed ?? 0);
        print(
          `${event.job_id}  goes on: ${done} of ${formatCounted(images?.total ?? 0, 'image')} done`,
        );
      }
      if (event.type === 'job_started') {
        const stores = formatCounted(event.stores, 'store');
        const images = formatCounted(event.images, 'image');
        print(`${event.job_id}  ${stores}, ${images}, ${event.options.concurrency} at once`);
      }
      // Of one job the summary says it.
      if (event.type === 'job_finished' && run.jobs.size + run.ended.size > 1) {
        print(`${event.job_id}  ${event.status}`);
      }
      if (event.type === 'store_finished' && event.error && failures < MAX_FAILURE_LINES) {
        failures += 1;
        print(failureLine(event.job_id, event.store, event.error));
        if (failures === MAX_FAILURE_LINES) print('further failed stores are only counted');
      }
    },
    note: print,
    stop: () => clearInterval(timer),
  };
}
