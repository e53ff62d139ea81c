import type { WorkImage } from '../job/effects.ts';
import type { ReasonOf } from '../results/reasons.ts';

/** Something went wrong, and what. */
type Told = { reason: ReasonOf<'work'>; message: string; stack: string };

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
  | ({ type: 'unusable' } & Told)
  /** JSON of what the work returned. */
  | { type: 'done'; output: string }
  /** The work threw, or what it returned can't be kept. */
  | ({ type: 'failed' } & Told)
  | { type: 'log'; text: string };
