import type { createLatestFailures } from '../pages/latest-failures.ts';
import type { JobPageView, JobsPageView, LatestFailure } from '../pages/views.ts';
import { type DocumentSource, documentHead } from '../results/document.ts';
import type { JobRecord } from '../service/job-record.ts';
import { openSource } from '../service/job-source.ts';
import type { JobStateWord } from '../service/service.ts';
import type { ServeContext } from './context.ts';
import { statusOf } from './job-actions.ts';
import { jobEntry } from './job-entry.ts';

/** What the pages show, from the jobs of this server. */

const JOBS_A_PAGE = 50;
/** Views of so many jobs at rest are kept. */
const MOST_KEPT = 20;

type Latest = ReturnType<typeof createLatestFailures>;

export function jobsView(
  context: ServeContext,
  { state, after }: { state: JobStateWord | null; after: string | null },
): JobsPageView {
  const { service } = context;
  const { records, next } = service.index.page({
    status: statusOf(state),
    accepts: (record) => state === null || service.stateOf(record) === state,
    limit: JOBS_A_PAGE,
    after,
  });
  const jobs = records.map((record) => jobEntry(record, context));
  return { jobs, state, after, next, counts: service.counts() };
}

/** Looks at jobs; at one that is at rest once, since it is read from its journal. */
export function createJobViews(context: ServeContext, latest: Latest) {
  const { service } = context;
  const atRest = new Map<JobRecord, JobPageView>();

  return async (record: JobRecord): Promise<JobPageView> => {
    const known = atRest.get(record);
    if (known?.state === service.stateOf(record)) return known;
    const view = await lookAt(context, record, latest);
    atRest.delete(record);
    if (view.state === 'running') return view;
    const [oldest] = atRest.keys();
    if (oldest && atRest.size === MOST_KEPT) atRest.delete(oldest);
    atRest.set(record, view);
    return view;
  };
}

async function lookAt(
  context: ServeContext,
  record: JobRecord,
  latest: Latest,
): Promise<JobPageView> {
  const { service, state, runner } = context;
  const { source, release } = await openSource(service, state, record);
  try {
    const { failures } = source.reducer;
    const { rate, eta_ms } = runner.snapshot(record.job_id) ?? { rate: null, eta_ms: null };
    return {
      head: documentHead(source),
      state: service.stateOf(record),
      ...{ rate, eta_ms },
      failures: { groups: failures.list(), ungrouped: failures.ungrouped() },
      latest: await latestOf(source, latest),
      slots: runner.activities.flatMap((slot) =>
        slot?.job_id === record.job_id ? [{ ...slot }] : [],
      ),
      now: performance.now(),
    };
  } finally {
    await release();
  }
}

function latestOf({ reducer, manifest }: DocumentSource, latest: Latest): Promise<LatestFailure[]> {
  const failures = latest.of(reducer.job_id).map(async ({ store, ...failure }) => {
    const { store_id } = await manifest.store(store);
    return { ...failure, store_id };
  });
  return Promise.all(failures);
}
