import type { BodySaver } from '../save/body-saver.ts';
import type { ClaimedJob } from './open-job.ts';

/** Opens what keeps a job's bodies; null where none are to be kept. */
export async function openSaver({
  options,
  manifest,
  fsync,
}: ClaimedJob): Promise<BodySaver | null> {
  if (options.save === null) return null;
  const { openBodySaver } = await import('../save/body-saver.ts');
  return openBodySaver({ folder: options.save, manifest, fsync });
}
