import { writeFile } from 'node:fs/promises';
import { ImgjobError } from '../errors.ts';
import type { Manifest } from '../manifest/manifest.ts';
import type { ReadInput } from '../manifest/read-all.ts';
import { documentHead } from '../results/document.ts';
import { inBlocks } from '../results/results-text.ts';
import { claimJobs } from '../runner/claim-jobs.ts';
import type { ClaimedJob } from '../runner/open-job.ts';
import { openJobView } from '../state/job-view.ts';
import { readKeptJob } from '../state/kept-job.ts';
import type { State } from '../state/locate.ts';
import { findJob, previousFiles } from '../state/state-folder.ts';
import { unknownJob } from '../state/unknown-job.ts';
import { type ResultsOf, readErrors, readResults } from './results.ts';
import type { CheckedRunJobOptions } from './run-job-options.ts';

/** How a kept job stands: its results without the stores, and how it goes on. */
export type JobStanding = Omit<ResultsOf, 'stores'> & {
  /** The process that runs it; null where none does. */
  runner: { pid: number; host: string } | null;
  /** Images a second over the last 15 s; null while it does not run. */
  rate: number | null;
  /** Milliseconds to the end at that rate. */
  eta_ms: number | null;
};

type ClaimNewOptions = Pick<CheckedRunJobOptions, 'job' | 'headers'> & {
  state: State;
  fsync: boolean;
  resume: boolean;
  force: boolean;
};

/** Takes a job that is to be kept, by the rules of `imgjob run`. */
export async function claimNew(
  manifest: Manifest,
  { state, job: options, headers, fsync, resume, force }: ClaimNewOptions,
): Promise<ClaimedJob> {
  const [claimed] = await claimJobs([inputOf(manifest)], {
    ...{ options, headers, fsync, resume, force },
    // What is to be kept, and can't be, is not run without.
    ...{ state: () => state, stateDirGiven: true },
    ...{ wait_ms: 0, retryFailed: false, reuse: null, log() {} },
  });
  if (!claimed) throw new ImgjobError('internal', `${manifest.job_id} was not taken`);
  return claimed;
}

/** A manifest as a program has it: it may be used again, and its text may be gone. */
function inputOf(manifest: Manifest): ReadInput {
  // A file without a line looks like one that a power cut has emptied.
  const isEmpty = manifest.store_count === 0;
  const lines = isEmpty ? '{"stores":[]}\n' : inBlocks(storeLines(manifest));
  return {
    manifest: { ...manifest, async close() {} },
    path: '-',
    named: true,
    text: {
      form: isEmpty ? 'json' : 'ndjson',
      copyTo: (path) => writeFile(path, lines, { flag: 'wx', mode: 0o600 }),
      release() {},
    },
  };
}

async function* storeLines(manifest: Manifest): AsyncGenerator<string> {
  for (let position = 0; position < manifest.store_count; position += 1) {
    yield `${JSON.stringify(await manifest.store(position))}\n`;
  }
}

/** How a job of the state folder stands, whoever runs it. Throws `unknown-job`. */
export async function readStanding(state: State, job_id: string): Promise<JobStanding> {
  const files = await findJob(state.folder, job_id);
  const view = files && (await openJobView(files, state.folder));
  if (!view) throw await unknownJob(state, job_id, 'status');
  try {
    const { runner, rate, eta_ms } = await view.now();
    const errors = await readErrors(view.job);
    return { ...documentHead(view.job), runner, rate, eta_ms, errors };
  } finally {
    await view.job.close();
  }
}

/** The results of a job of the state folder as they stand, or those of the run before. Throws `unknown-job`. */
export async function readKeptResults(
  state: State,
  job_id: string,
  previous: boolean,
): Promise<ResultsOf> {
  const files = await findJob(state.folder, job_id);
  const job = files && (await readKeptJob(previous ? previousFiles(files) : files));
  if (!job) throw await unknownJob(state, job_id, 'status');
  try {
    return await readResults(job);
  } finally {
    await job.close();
  }
}
