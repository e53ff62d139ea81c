import type { Effects } from '../job/effects.ts';
import type { JobEvent } from '../results/events.ts';
import { isImageFailed } from '../results/failures.ts';
import type { Reducer } from '../results/reducer.ts';
import type { Journal } from '../state/journal.ts';

/** Whoever is told what happens in jobs. */
export type Listener = {
  /**
   * Whether it is told the events of all images too: most look at the jobs a
   * few times a second instead, and are only told of images that failed.
   */
  everyEvent: boolean;
  /** What it returns is awaited by the engine for events that must not be lost. Must not throw. */
  onEvent(event: JobEvent): void | Promise<void>;
};

/** What is waited for: these must be kept before anything follows from them. */
function isAwaited({ type }: JobEvent): boolean {
  return /^(image_finished|store_finished|results_delivered|job_.*)$/.test(type);
}

type EmitOptions = {
  /** Null where nothing is kept. */
  journal: Journal | null;
  reducer: Pick<Reducer, 'apply'>;
  /** Whoever is told of this job alone. */
  own: Listener | null;
};

/** Tells the events of all jobs to any number of listeners. */
export function createBus() {
  let listeners: readonly Listener[] = [];

  /** Returns the way to take it off again. */
  function subscribe(listener: Listener): () => void {
    listeners = [...listeners, listener];
    return () => {
      listeners = listeners.filter((one) => one !== listener);
    };
  }

  /** Tells an event; what it answers settles when all who are to be waited for have it. */
  function tell(event: JobEvent, own: Listener | null): void | Promise<void> {
    const isOfImage = event.type.startsWith('image_') && !isImageFailed(event);
    const waits: Promise<void>[] = [];
    for (const listener of own ? [own, ...listeners] : listeners) {
      if (isOfImage && !listener.everyEvent) continue;
      const wait = listener.onEvent(event);
      if (wait) waits.push(wait);
    }
    return waits.length < 2 ? waits[0] : Promise.all(waits).then(() => {});
  }

  /**
   * The `emit` of one job: its journal has an event first, then its reducer,
   * then whoever listens. What the engine does not wait for is told at once, so
   * that the events of a store are told in the order of happening.
   */
  function createEmit({ journal, reducer, own }: EmitOptions): Effects['emit'] {
    return (event) => {
      // What work says changes nothing of how its job stands.
      if (event.type === 'work_log') return void tell(event, own);
      const appended = event.type === 'image_started' ? undefined : journal?.append(event);
      reducer.apply(event, appended?.offset);
      const kept = appended?.kept;
      if (!own && listeners.length === 0) return kept;
      if (kept && isAwaited(event)) return kept.then(() => tell(event, own));
      return tell(event, own);
    };
  }

  return { subscribe, createEmit };
}
