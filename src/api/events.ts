import { ReadableStream } from 'node:stream/web';
import type { JobEvent } from '../results/events.ts';

/** So many events may wait to be read before the job waits for its reader. */
const MAX_WAITING = 1000;

export type EventStream = {
  events: AsyncIterable<JobEvent>;
  /** Hands an event to whoever reads; waits where too many wait already. Without a reader it is dropped. */
  emit(event: JobEvent): void | Promise<void>;
  end(): void;
  fail(error: unknown): void;
};

/** The events of a job for one reader, who may come late or leave early without holding the job up. */
export function createEventStream(): EventStream {
  const waiting: (() => void)[] = [];
  let isRead = true;
  const goOn = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  let controller: ReadableStreamDefaultController<JobEvent> | undefined;
  const stream = new ReadableStream<JobEvent>(
    {
      start(made) {
        controller = made;
      },
      pull: goOn,
      cancel() {
        isRead = false;
        goOn();
      },
    },
    { highWaterMark: MAX_WAITING },
  );
  return {
    events: stream,
    emit(event) {
      if (!isRead || !stream.locked) return;
      controller?.enqueue(event);
      if ((controller?.desiredSize ?? 1) > 0) return;
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    end() {
      if (isRead) controller?.close();
    },
    fail(error) {
      if (isRead) controller?.error(error);
    },
  };
}
