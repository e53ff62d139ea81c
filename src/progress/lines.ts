import { type Snapshot, withOutcome } from '../results/snapshot.ts';
import { formatCount, formatCounted, formatPace } from '../terminal/numbers.ts';
import { logLine, showText } from '../terminal/prose.ts';
import { createFailureLines } from './failure-lines.ts';
import type { Progress, ProgressOptions } from './progress.ts';
import { waitOf } from './wait.ts';

const INTERVAL_MS = 5000;
/** How a run goes on can only be said by looking at it more often. */
const LOOK_MS = 500;

/** Plain lines for logs: one when a job starts, one every 5 s, one for a failed image. */
export function createLines({ stream, run, elapsed }: ProgressOptions): Progress {
  /** The jobs of the run, those that have ended as they did. */
  const jobs = new Map<string, Snapshot | null>();
  const print = (line: string) => void stream.write(`${logLine(line)}\n`);
  const showFailure = createFailureLines(run, print, () => null);
  const timers = [
    setInterval(() => void run.snapshots(), LOOK_MS).unref(),
    setInterval(() => print(statusLine()), INTERVAL_MS).unref(),
  ];

  function snapshotOf(job_id: string): Snapshot | null {
    return run.snapshots().find((one) => one.job_id === job_id) ?? null;
  }

  function statusLine(): string {
    for (const snapshot of run.snapshots()) jobs.set(snapshot.job_id, snapshot);
    const { counts, rate, eta_ms } = sumOf([...jobs.values()].flatMap((job) => job ?? []));
    const told = (['failed', 'skipped', 'reused'] as const).filter((name) => counts[name] > 0);
    return [
      jobs.size === 1 ? [...jobs.keys()][0] : formatCounted(jobs.size, 'job'),
      `${formatCount(withOutcome(counts))}/${formatCount(counts.total)} images`,
      ...formatPace({ rate, eta_ms }),
      ...told.map((name) => `${formatCount(counts[name])} ${name}`),
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

  return {
    everyEvent: false,
    onEvent(event) {
      if (event.type.startsWith('job_')) jobs.set(event.job_id, snapshotOf(event.job_id));
      if (event.type === 'job_resumed') {
        const images = snapshotOf(event.job_id)?.images;
        const done = formatCount(images ? withOutcome(images) : 0);
        const reused = images && images.reused > 0 ? `, ${formatCount(images.reused)} reused` : '';
        const total = formatCounted(images?.total ?? 0, 'image');
        print(`${event.job_id}  goes on: ${done} of ${total} done${reused}`);
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
      showFailure(event);
    },
    note: print,
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** All jobs together; the rate is that of those that still run, of which the last ends when all have. */
function sumOf(jobs: Snapshot[]) {
  const sum = (name: keyof Snapshot['images']) =>
    jobs.reduce((total, { images }) => total + images[name], 0);
  const [total, completed, failed] = [sum('total'), sum('completed'), sum('failed')];
  const counts = { total, completed, failed, skipped: sum('skipped'), reused: sum('reused') };
  let rate: number | null = null;
  let eta_ms: number | null = null;
  for (const job of jobs) {
    if (job.status !== 'ongoing') continue;
    if (job.rate !== null) rate = (rate ?? 0) + job.rate;
    if (job.eta_ms !== null) eta_ms = Math.max(eta_ms ?? 0, job.eta_ms);
  }
  return { counts, rate, eta_ms };
}
