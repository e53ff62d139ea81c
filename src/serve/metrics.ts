import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Fleet } from '../fleet/fleet.ts';
import type { JobEvent } from '../results/events.ts';
import { faultCode } from '../results/results-schema.ts';
import type { Runner } from '../runner/runner.ts';
import { JOB_STATES, type Service } from '../service/service.ts';

/** Seconds; images take from a millisecond to a minute. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type Metrics = { contentType: string; text(): Promise<string>; close(): void };

/** What Prometheus reads: nothing has a label that grows with hosts or ids. */
export function createMetrics(
  service: Service,
  runner: Runner,
  { concurrency, fleet }: { concurrency: number; fleet: Fleet | null },
): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const images = new Counter({
    name: 'imgjob_images_total',
    help: 'Images that have finished, by outcome and error code.',
    labelNames: ['outcome', 'code'],
    registers,
  });
  // Else a rate misses the first of each: there it goes from nothing to one.
  images.inc({ outcome: 'completed', code: '' }, 0);
  for (const code of faultCode.options) images.inc({ outcome: 'failed', code }, 0);
  const bytes = new Counter({
    name: 'imgjob_image_bytes_total',
    help: 'Decoded bytes of images that have finished.',
    registers,
  });
  const retries = new Counter({
    name: 'imgjob_retries_total',
    help: 'Attempts at images that were made again.',
    registers,
  });
  const seconds = (name: string, help: string) =>
    new Histogram({ name, help, buckets: BUCKETS, registers });
  const download = seconds('imgjob_download_seconds', 'Last attempts at downloading an image.');
  const work = seconds('imgjob_work_seconds', 'The work on an image.');
  new Counter({
    name: 'imgjob_write_failures_total',
    help: 'Journals and submissions that could not be written.',
    registers,
    collect() {
      this.reset();
      this.inc(service.health.failures());
    },
  });
  addGauges(service, runner, { concurrency, registers });
  if (fleet) addFleetGauges(fleet, registers);

  function onEvent(event: JobEvent): void {
    if (event.type === 'image_retrying') retries.inc();
    if (event.type !== 'image_finished') return;
    const { status, error, download_ms, work_ms } = event.result;
    images.inc({ outcome: status, code: error?.code ?? '' });
    bytes.inc(event.result.bytes ?? 0);
    if (download_ms !== null) download.observe(download_ms / 1000);
    if (work_ms !== null) work.observe(work_ms / 1000);
  }

  const close = runner.subscribe({ everyEvent: true, onEvent });
  return { contentType: register.contentType, text: () => register.metrics(), close };
}

type GaugeOptions = { concurrency: number; registers: Registry[] };

function addGauges(
  service: Service,
  runner: Runner,
  { concurrency, registers }: GaugeOptions,
): void {
  new Gauge({
    name: 'imgjob_jobs',
    help: 'Jobs that are kept, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const state of JOB_STATES) this.set({ state }, 0);
      for (const record of service.index.all()) this.inc({ state: service.stateOf(record) });
    },
  });
  const gauge = createGauges(registers);
  gauge('imgjob_slots', 'Stores that can be worked on at once.', () => concurrency);
  gauge(
    'imgjob_slots_in_use',
    'Stores that are worked on now.',
    () => runner.activities.filter((activity) => activity !== null).length,
  );
  gauge('imgjob_queue_length', 'Jobs that wait for their turn.', () => service.counts().queued);
}

/** None has a label for a worker: they come and go. */
function addFleetGauges(fleet: Fleet, registers: Registry[]): void {
  type Amount = 'slots' | 'busy' | 'images_per_second';
  const sum = (amount: Amount) =>
    fleet.workers().reduce((total, worker) => total + worker[amount], 0);
  const gauge = createGauges(registers);
  gauge('imgjob_fleet_workers', 'Workers that live.', () => fleet.workers().length);
  gauge('imgjob_fleet_slots', 'Stores that all workers can work on at once.', () => sum('slots'));
  gauge('imgjob_fleet_slots_in_use', 'Stores that workers work on now.', () => sum('busy'));
  gauge('imgjob_fleet_images_per_second', 'Images that workers finish, lately.', () =>
    sum('images_per_second'),
  );
}

/** Makes gauges that are asked for their value when somebody reads them. */
function createGauges(registers: Registry[]) {
  return (name: string, help: string, value: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
}
