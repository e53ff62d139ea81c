import type { SlotActivity } from '../job/slots.ts';
import type { JobEvent } from '../results/events.ts';
import type { Snapshot } from '../results/snapshot.ts';
import type { Style } from '../terminal/style.ts';

/** Something that shows how a run goes. Never throws into the engine. */
export type Progress = {
  /**
   * Whether it shows the events of all images too: most look at the run a few
   * times a second instead, and only show which images failed.
   */
  everyEvent: boolean;
  /** What it returns is awaited by the engine for events that must not be lost. */
  onEvent(event: JobEvent): void | Promise<void>;
  /** A line for the person at the terminal, above whatever is drawn. */
  note(line: string): void;
  /** Ends it and leaves the terminal as it was found. May be called twice. */
  stop(): void;
};

/** The run as progress sees it: sampled, at most ten times a second. */
export type RunView = {
  /** The jobs that run, in the order they were started. */
  snapshots(): Snapshot[];
  /** What each slot is doing; null where it is free. */
  readonly activities: readonly (SlotActivity | null)[];
};

export type ProgressOptions = {
  stream: NodeJS.WriteStream;
  run: RunView;
  /** Monotonic milliseconds. */
  elapsed(): number;
  /** The environment: what it says of the terminal. */
  env: Record<string, string | undefined>;
};

export type Screen = { columns: number; rows: number };

/** What a picture of a run is drawn for. */
export type FrameOptions = {
  screen: Screen;
  style: Style;
  /** Monotonic milliseconds. */
  now: number;
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
