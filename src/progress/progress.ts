import type { Controller } from '../job/controller.ts';
import type { JobEvent } from '../results/events.ts';

/** Something that shows how a run goes. Never throws into the engine. */
export type Progress = {
  /** Whether it shows the events of images too: most look at the run a few times a second instead. */
  everyEvent: boolean;
  /** What it returns is awaited by the engine for events that must not be lost. */
  onEvent(event: JobEvent): void | Promise<void>;
  /** A line for the person at the terminal, above whatever is drawn. */
  note(line: string): void;
  /** Ends it and leaves the terminal as it was found. May be called twice. */
  stop(): void;
};

/** The run as progress sees it: sampled, at most ten times a second. */
export type RunView = Pick<Controller, 'jobs' | 'ended' | 'activities'>;

export type ProgressOptions = {
  stream: NodeJS.WriteStream;
  run: RunView;
  /** Monotonic milliseconds. */
  elapsed(): number;
};

/** Shows nothing but notes. */
export function createNoProgress({ stream }: ProgressOptions): Progress {
  return {
    everyEvent: false,
    onEvent() {},
    note: (line) => {
      stream.write(`${line}\n`);
    },
    stop() {},
  };
}

/** What has been done of all images of some jobs. */
export type Progression = { done: number; total: number; failed_stores: number };

type Counts = {
  images: { total: number; pending: number };
  stores: { failed: number };
};

export function progressionOf(summaries: Iterable<Counts>): Progression {
  const progression = { done: 0, total: 0, failed_stores: 0 };
  for (const { images, stores } of summaries) {
    progression.done += images.total - images.pending;
    progression.total += images.total;
    progression.failed_stores += stores.failed;
  }
  return progression;
}
