import type { ImageError, ImageResult } from '../results/results-schema.ts';
import type { Effects, Fault, SavedBody, SavedPlace, Size } from './effects.ts';
import type { Failed, Fetched, Finished, ImageTask } from './process.ts';

/** How the work on an image ended. */
export type Worked = Pick<ImageResult, 'work_ms' | 'output'> & { fault: Fault | null };

/** The end of an image that was worked on: its file has its name before its result says so. */
export async function workedImage(
  fetched: Fetched,
  effects: Effects,
  { output, fault, work_ms }: Worked,
): Promise<Finished> {
  const isKept = fault === null && !fetched.task.signal.aborted;
  const file = fetched.saved && (await settle(fetched, fetched.saved, isKept));
  if (fault) unsave(fetched, effects);
  return finish(fetched, effects, { size: fetched.size, work_ms, output, file, fault });
}

/** Gives the file of a completed image its name; of all others nothing is left. */
function settle(
  { task, size }: Fetched,
  saved: SavedBody,
  isKept: boolean,
): string | null | Promise<string> {
  if (!isKept) {
    saved.discard();
    return null;
  }
  return saved.keep(placeOf(task, size.format));
}

/** A failed image has no file, also none that an earlier run has left. */
function unsave({ task }: Fetched | Failed, effects: Effects): void {
  if (!task.signal.aborted) effects.unsave?.(placeOf(task, null));
}

function placeOf<Format>(
  { url, store_id, index, activity, isTaken }: ImageTask,
  format: Format,
): Omit<SavedPlace, 'format'> & { format: Format } {
  return { store: activity.store, store_id, index, url, format, isTaken };
}

/** An image that failed before its work. */
export function failedImage(failed: Failed, effects: Effects): Finished {
  unsave(failed, effects);
  const nothing = { size: null, work_ms: null, output: null, file: null };
  return finish(failed, effects, { ...nothing, fault: failed.fault });
}

type Ending = Pick<ImageResult, 'work_ms' | 'output' | 'file'> & {
  size: Size | null;
  fault: Fault | null;
};

function finish(downloaded: Fetched | Failed, effects: Effects, ending: Ending): Finished {
  const { size, work_ms, output, file, fault } = ending;
  const perimeter = size ? 2 * (size.width + size.height) : null;
  const result: ImageResult = {
    url: downloaded.task.url,
    status: fault ? 'failed' : 'completed',
    width: size?.width ?? null,
    height: size?.height ?? null,
    perimeter,
    twice_perimeter: perimeter === null ? null : 2 * perimeter,
    format: size?.format ?? null,
    bytes: downloaded.bytes,
    attempts: downloaded.attempts,
    started_at: downloaded.task.started_at,
    duration_ms: Math.round(effects.elapsed() - downloaded.begun),
    download_ms: downloaded.download_ms,
    work_ms,
    output,
    sha256: size ? downloaded.sha256 : null,
    file,
    error: fault && errorOf(fault),
  };
  return { result, reason: fault?.reason ?? null };
}

/** What results hold of a fault. */
function errorOf({ code, message, http_status, host }: Fault): ImageError {
  return { code, message, http_status, host };
}
