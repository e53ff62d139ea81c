import { ImgjobError, reasonOf, systemCode } from '../errors.ts';
import { showText } from '../terminal/prose.ts';

/** Makes a text anew each time it is called: what is written over is measured first. */
export type Text = () => AsyncIterable<string> | Promise<AsyncIterable<string>>;

/** A place that a document goes to. */
export type Output = {
  /** How the place is called in the summary. */
  name: string;
  /** Whether several documents follow one another here. */
  shared: boolean;
  /**
   * Writes the whole document; rejects with `output-unwritable`, and with what
   * `check` throws, which is called before anything takes an earlier one's place.
   */
  write(text: Text, check?: () => void): Promise<void>;
  /** Whether a reader has gone before all was written; not there where there is none. */
  isReaderGone?(): boolean;
  /** Leaves nothing behind of a document that was not written. Synchronous: it may be the last thing done. */
  discard(): void;
};

/** Whether a write failed because its reader has gone. */
export function isClosedPipe(error: unknown): boolean {
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(systemCode(error));
}

/** The error for a place that can't be written to, as a plain sentence. */
export function unwritable(name: string, cause: unknown): ImgjobError {
  if (cause instanceof ImgjobError) return cause;
  const message = `can't write to ${showText(name)}: ${reasonOf(cause)}`;
  return new ImgjobError('output-unwritable', message, { cause });
}
