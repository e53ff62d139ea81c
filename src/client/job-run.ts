import type { Manifest } from '../manifest/manifest.ts';
import type { Progress, RunView } from '../progress/progress.ts';
import { isImageFailed } from '../results/failures.ts';
import { createReducer, type Reducer } from '../results/reducer.ts';
import { createMemoryResults } from '../results/results-store.ts';
import { createSnapshots, type Snapshot } from '../results/snapshot.ts';
import type { heardSlots } from '../results/told-slots.ts';
import { followJob } from './follow-job.ts';
import type { ServerClient } from './server-client.ts';

/** Jobs that run on a server, as progress shows a run of its own. */
export type RemoteRun = RunView & {
  /** Follows a job to where it is at rest; answers how it stands then. */
  follow(manifest: Manifest, progress: Progress, signal: AbortSignal): Promise<Reducer>;
};

export function createRemoteRun(client: ServerClient): RemoteRun {
  const looks = new Map<string, () => Snapshot>();
  const slots = new Map<string, ReturnType<typeof heardSlots>>();

  async function follow(
    manifest: Manifest,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<Reducer> {
    const { job_id } = manifest;
    const reducer = createReducer(manifest, createMemoryResults());
    try {
      for await (const told of followJob(client, job_id, signal)) {
        const { event } = told;
        if (event === null) {
          slots.set(job_id, told.slots);
          continue;
        }
        reducer.apply(event);
        if (!looks.has(job_id))
          looks.set(
            job_id,
            createSnapshots(reducer, () => performance.now()),
          );
        const isOfImage = event.type.startsWith('image_') && !isImageFailed(event);
        if (progress.everyEvent || !isOfImage) await progress.onEvent(event);
      }
      return reducer;
    } finally {
      looks.delete(job_id);
      slots.delete(job_id);
    }
  }

  return {
    follow,
    get activities() {
      return [...slots.values()].flat();
    },
    snapshots: () => Array.from(looks.values(), (look) => look()),
  };
}
