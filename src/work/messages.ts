import type { MessagePort } from 'node:worker_threads';
import type { WorkImage } from '../job/effects.ts';
import type { ReasonOf } from '../results/reasons.ts';

/** What goes between a thread and whoever started it: over a port of their own, since `parentPort` is the user's. */

/** Something went wrong, and what. */
export type Told = {
  reason: ReasonOf<'work'>;
  message: string;
  stack: string;
  /** Whether another attempt may end otherwise. */
  retryable: boolean;
};

/** Where the module is. */
export type ModulePlace = {
  /** A file's URL, or the name of a package. */
  specifier: string;
  /** The folder that a package's name is looked up from. */
  folder: string;
  /** Whether tsx is to take TypeScript in the thread. */
  underTsx: boolean;
};

/** How many images are worked on together, and how long a batch waits to be full. */
export type Batch = { size: number; wait_ms: number };

/** How long a batch waits whose size alone was said. */
export const BATCH_WAIT_MS = 20;

/** What a module says of itself. */
export type Traits = {
  /** Null where it takes one image. */
  batch: Batch | null;
  /** How many images, or batches, one thread takes at once; null where it does not say. */
  concurrency: number | null;
  /** Whether it has something to do at its end. */
  closes: boolean;
};

/** What a thread is made with. */
export type ThreadStart = {
  place: ModulePlace;
  /** Whether the module is given lists of images, whatever it says of itself. */
  batched: boolean;
  port: MessagePort;
};

/** An image with its body in memory of its own, which is handed over. */
export type SentImage = { image: Omit<WorkImage, 'chunks'>; body: Uint8Array<ArrayBuffer> };

/** What a thread is told. Calls are numbered. */
export type ToThread =
  | { type: 'work'; call: number; images: SentImage[] }
  /** The work of a call is no longer wanted. */
  | { type: 'stop'; call: number }
  /** Nothing will come any more: the module may end. */
  | { type: 'close' };

/** JSON of what the work returned for an image, or why there is none. */
export type SentOutcome = { output: string } | { failed: Told };

/** What a thread says. */
export type FromThread =
  | { type: 'ready'; traits: Traits }
  /** The module can't be used. */
  | { type: 'unusable'; told: Told }
  /** An outcome for each image of the call, in their order. */
  | { type: 'done'; call: number; outcomes: SentOutcome[] }
  /** The work threw. */
  | { type: 'failed'; call: number; told: Told }
  /** A line that was logged or printed; null where it is not known to be of a call. */
  | { type: 'log'; call: number | null; text: string }
  /** The module has begun to end. */
  | { type: 'closing' }
  /** It has ended; or it threw. */
  | { type: 'closed'; told: Told | null };
