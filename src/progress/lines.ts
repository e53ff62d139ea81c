import type { StoreError } from '../results/results-schema.ts';
import { etaOf, type Snapshot } from '../results/snapshot.ts';
import { formatCount, formatCounted, formatEta, formatRate } from '../terminal/numbers.ts';
import { logLine, showImage, showText } from '../terminal/prose.ts';
import type { Progress, ProgressOptions } from './progress.ts';
import { waitOf } from './wait.ts';

const INTERVAL_MS = 5000;
/** So many failed stores get a line of their own; the others are counted. A log must not drown. */
const MAX_FAILURE_LINES = 10;

/** Plain lines for logs: one when a job starts, one every 5 s, one for a failed store. */
export function createLines({ stream, run, elapsed }: ProgressOptions): Progress {
  /** The jobs of the run, those that have ended as they did. */
  const jobs = new Map<string, Snapshot | null>();
  let failures = 0;
  const print = (line: string) => void stream.write(`${logLine(line)}\n`);
  const timer = setInterval(() => print(statusLine()), INTERVAL_MS).unref();

  function snapshotOf(job_id: string): Snapshot | null {
    return run.snapshots().find((one) => one.job_id === job_id) ?? null;
  }

  function statusLine(): string {
    for (const snapshot of run.snapshots()) jobs.set(snapshot.job_id, snapshot);
    const { done, total, reused, failed, rate } = sumOf(jobs.values());
    return [
      jobs.size === 1 ? [...jobs.keys()][0] : formatCounted(jobs.size, 'job'),
      `${formatCount(done)}/${formatCount(total)} images`,
      ...(rate === 0 ? [] : [formatRate(rate), `eta ${formatEta(etaOf(total - done, rate))}`]),
      ...(reused > 0 ? [`${formatCount(reused)} reused`] : []),
      ...(failed > 0 ? [`${formatCounted(failed, 'store')} failed`] : []),
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
    const image = showImage(error.image, store?.images ?? 0, error.url);
    return `${showText(store?.store_id ?? '')} failed: ${image}: ${showText(error.message)}`;
  }

  return {
    everyEvent: false,
    onEvent(event) {
      if (event.type.startsWith('job_')) jobs.set(event.job_id, snapshotOf(event.job_id));
      if (event.type === 'job_resumed') {
        const images = snapshotOf(event.job_id)?.images;
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
      if (event.type === 'job_finished' && jobs.size > 1) {
        print(`${event.job_id}  ${event.status}`);
      }
      if (event.type === 'store_finished' && event.error && failures < MAX_FAILURE_LINES) {
        failures += 1;
        print(failureLine(event.job_id, event.store, event.error));
        if (failures === MAX_FAILURE_LINES) print('more failed stores are only counted');
      }
    },
    note: print,
    stop: () => clearInterval(timer),
  };
}

/** All jobs together; the rate is that of those that still run. */
function sumOf(jobs: Iterable<Snapshot | null>) {
  const sum = { done: 0, total: 0, reused: 0, failed: 0, rate: 0 };
  for (const job of jobs) {
    if (!job) continue;
    sum.done += job.done;
    sum.total += job.images.total;
    sum.reused += job.images.reused;
    sum.failed += job.stores.failed;
    if (job.status === 'ongoing') sum.rate += job.rate ?? 0;
  }
  return sum;
}
