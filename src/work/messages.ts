import type { WorkImage } from '../job/effects.ts';

/** What a thread is made with. */
export type ThreadStart = {
  /** URL of the module whose default export does the work. */
  module: string;
};

/** What a thread is told. */
export type ToThread =
  | { type: 'work'; image: Omit<WorkImage, 'chunks'>; body: Uint8Array<ArrayBuffer> }
  /** The work it is at is no longer wanted. */
  | { type: 'stop' };

/** What a thread says. */
export type FromThread =
  | { type: 'ready' }
  /** The module can't be used. */
  | { type: 'unusable'; message: string; stack: string }
  /** JSON of what the work returned. */
  | { type: 'done'; output: string }
  | { type: 'failed'; message: string; stack: string }
  | { type: 'log'; text: string };
