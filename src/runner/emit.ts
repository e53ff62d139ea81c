import type { Effects } from '../job/effects.ts';
import type { Progress } from '../progress/progress.ts';
import type { JobEvent } from '../results/events.ts';
import type { Journal } from '../state/journal.ts';

/** What the engine waits for: these must be kept before anything follows from them. */
function isAwaited({ type }: JobEvent): boolean {
  return type === 'image_finished' || type === 'store_finished' || type.startsWith('job_');
}

/**
 * Hands each event to its job's journal first, then to whoever shows it. What
 * the engine does not wait for is shown at once, so that the events of a store
 * are shown in the order of happening.
 */
export function createEmit(
  journals: Map<string, Journal>,
  progress: () => Progress | null,
): Effects['emit'] {
  return (event) => {
    const journal = event.type === 'image_started' ? undefined : journals.get(event.job_id);
    const kept = journal?.append(event);
    // The last event of a job: its journal is let go with it.
    if (event.type === 'job_finished' || event.type === 'job_interrupted') {
      journals.delete(event.job_id);
    }
    const shown = progress();
    const isShown = shown !== null && (shown.everyEvent || !event.type.startsWith('image_'));
    if (!isShown) return kept;
    if (kept && isAwaited(event)) return kept.then(() => shown.onEvent(event));
    return shown.onEvent(event);
  };
}
