import { jsonLine } from '../terminal/prose.ts';
import type { Progress, ProgressOptions } from './progress.ts';

/**
 * `--progress json`: every event as one line. Loses nothing: while the stream
 * is behind, the engine waits. Notes for people are left out, so that the
 * stream is JSON lines alone.
 */
export function createJsonEvents({ stream }: ProgressOptions): Progress {
  let behind: Promise<void> | null = null;

  /** One wait for all stores: resolves when the stream has caught up, or will never. */
  function caughtUp(): Promise<void> {
    behind ??= new Promise((resolve) => {
      const proceed = () => {
        stream.off('drain', proceed).off('close', proceed);
        behind = null;
        resolve();
      };
      stream.on('drain', proceed).on('close', proceed);
    });
    return behind;
  }

  return {
    everyEvent: true,
    onEvent(event) {
      if (stream.destroyed || stream.write(`${jsonLine(event)}\n`)) return undefined;
      return caughtUp();
    },
    note() {},
    stop() {},
  };
}
