import type { createLatestFailures, PlacedFailure } from '../pages/latest-failures.ts';
import type { JobPageView, JobsPageView, LatestFailure } from '../pages/views.ts';
import type { JobHead } from '../service/head-cache.ts';
import type { JobRecord } from '../service/job-record.ts';
import type { JobStateWord, Service } from '../service/service.ts';
import type { ServeContext } from './context.ts';
import { statusOf } from './job-actions.ts';
import { jobEntry } from './job-entry.ts';

/** What the pages show, from the jobs of this server. */

const JOBS_A_PAGE = 50;

type Latest = ReturnType<typeof createLatestFailures>;

export function jobsView(
  context: ServeContext,
  { state, after }: { state: JobStateWord | null; after: string | null },
): JobsPageView {
  const { service, fleet } = context;
  const { records, next } = service.index.page({
    status: statusOf(state),
    accepts: (record) => state === null || service.stateOf(record) === state,
    limit: JOBS_A_PAGE,
    after,
  });
  const jobs = records.map((record) => jobEntry(record, context));
  return { jobs, state, after, next, counts: service.counts(), workers: fleet?.workers() ?? null };
}

/** Looks at jobs. The same view is answered of one at rest as long as nothing has changed. */
export function createJobViews(context: ServeContext, latest: Latest) {
  const { service, sources } = context;
  const known = new WeakMap<JobHead, JobPageView>();

  return async (record: JobRecord, signal: AbortSignal): Promise<JobPageView> => {
    const { head, release } = await sources.head(record, signal);
    await release();
    const view = known.get(head);
    if (view?.state === service.stateOf(record)) return view;
    const now = await lookAt(context, { record, head }, latest);
    known.set(head, now);
    return now;
  };
}

async function lookAt(
  { service, runner }: ServeContext,
  { record, head }: { record: JobRecord; head: JobHead },
  latest: Latest,
): Promise<JobPageView> {
  const { job_id } = record;
  const now = runner.snapshot(job_id) ?? { rate: null, eta_ms: null, work: null };
  const { rate, eta_ms, work } = now;
  return {
    head: head.document,
    state: service.stateOf(record),
    ...{ rate, eta_ms, work },
    failures: head.failures,
    latest: await latestOf(service, latest.of(job_id), job_id),
    slots: runner.activities.flatMap((slot) => (slot?.job_id === job_id ? [{ ...slot }] : [])),
    now: performance.now(),
  };
}

async function latestOf(
  service: Service,
  failures: PlacedFailure[],
  job_id: string,
): Promise<LatestFailure[]> {
  const held = failures.length === 0 ? null : service.hold(job_id);
  if (!held) return [];
  try {
    const { manifest } = held.job;
    const named = failures.map(async ({ store, ...failure }) => {
      const { store_id } = await manifest.store(store);
      return { ...failure, store_id };
    });
    return await Promise.all(named);
  } finally {
    await held.release();
  }
}
