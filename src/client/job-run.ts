import type { Manifest } from '../manifest/manifest.ts';
import type { Progress, RunView } from '../progress/progress.ts';
import { createReducer, type Reducer } from '../results/reducer.ts';
import { createMemoryResults } from '../results/results-store.ts';
import { createSnapshots, type Snapshot } from '../results/snapshot.ts';
import { followJob } from './follow-job.ts';
import type { ServerClient } from './server-client.ts';

/** Jobs that run on a server, as progress shows a run of its own; what their slots do is not told. */
export type RemoteRun = RunView & {
  /** Follows a job to where it is at rest; answers how it stands then. */
  follow(manifest: Manifest, progress: Progress, signal: AbortSignal): Promise<Reducer>;
};

export function createRemoteRun(client: ServerClient): RemoteRun {
  const looks = new Map<string, () => Snapshot>();

  async function follow(
    manifest: Manifest,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Reducer> {
    const { job_id } = manifest;
    const reducer = createReducer(manifest, createMemoryResults());
    try {
      for await (const event of followJob(client, job_id, signal)) {
        reducer.apply(event);
        if (!looks.has(job_id))
          looks.set(
            job_id,
            createSnapshots(reducer, () => performance.now()),
          );
        if (progress.everyEvent || !event.type.startsWith('image_')) await progress.onEvent(event);
      }
      return reducer;
    } finally {
      looks.delete(job_id);
    }
  }

  return { follow, activities: [], snapshots: () => Array.from(looks.values(), (look) => look()) };
}
