import { ImgjobError } from '../errors.ts';
import type { JobEvent } from '../results/events.ts';
import { type JobEventOf, typed } from './results.ts';

/** So many events may wait for their reader before the job waits as well. */
const MOST_WAITING = 1000;
/** So long the job waits for a reader who reads nothing: it may never come back. */
const PATIENCE_MS = 5000;

export type EventStream<Output> = {
  /** Can be read once: the second iterator throws `usage`. */
  events: AsyncIterable<JobEventOf<Output>>;
  /** Keeps an event until it is read; answers a promise where the reader is waited for. */
  emit(event: JobEvent): void | Promise<void>;
  /** Waits for no reader from now on: the job is being stopped. */
  hurry(): void;
  end(): void;
  /** Ends it with an error, which the reader gets behind all events. */
  fail(error: unknown): void;
};

/** A call of `next` that waits for an event. */
type Call<Event> = { resolve(next: IteratorResult<Event>): void; reject(error: unknown): void };

const DONE = { done: true, value: undefined } as const;

/**
 * The events of a job for one reader, whenever that begins: all are kept until
 * they are read. A slow reader slows the job down; one who has left, or reads
 * nothing for 5 s, holds it up no longer.
 */
export function createEventStream<Output>(): EventStream<Output> {
  type Event = JobEventOf<Output>;
  const unread = createQueue<Event>();
  const calls: Call<Event>[] = [];
  const held: (() => void)[] = [];
  let reader: 'none' | 'reads' | 'pauses' | 'left' = 'none';
  let lastRead = 0;
  let hurries = false;
  let timer: NodeJS.Timeout | undefined;
  let ended: { error: unknown } | 'well' | null = null;

  /** The job goes on. */
  function letGo(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const resolve of held.splice(0)) resolve();
  }

  function hold(): Promise<void> {
    timer ??= setTimeout(lookAtReader, PATIENCE_MS);
    return new Promise((resolve) => {
      held.push(resolve);
    });
  }

  function lookAtReader(): void {
    const left = lastRead + PATIENCE_MS - performance.now();
    if (left > 0) {
      timer = setTimeout(lookAtReader, left);
    } else {
      reader = 'pauses';
      letGo();
    }
  }

  function next(): Promise<IteratorResult<Event>> {
    if (reader === 'left') return Promise.resolve(DONE);
    reader = 'reads';
    lastRead = performance.now();
    const value = unread.take();
    if (unread.size() < MOST_WAITING) letGo();
    if (value) return Promise.resolve({ done: false, value });
    return new Promise((resolve, reject) => {
      calls.push({ resolve, reject });
      if (ended) settleCalls();
    });
  }

  /** At the end: the first of those who wait gets the error. */
  function settleCalls(): void {
    for (const { resolve, reject } of calls.splice(0)) {
      if (ended === null || ended === 'well') resolve(DONE);
      else reject(ended.error);
      ended = 'well';
    }
  }

  async function leave(): Promise<IteratorResult<Event>> {
    reader = 'left';
    unread.clear();
    letGo();
    for (const { resolve } of calls.splice(0)) resolve(DONE);
    return DONE;
  }

  function end(how: { error: unknown } | 'well'): void {
    ended = how;
    letGo();
    settleCalls();
  }

  return {
    events: {
      [Symbol.asyncIterator]() {
        if (reader !== 'none') {
          throw new ImgjobError('usage', 'the events of a job can only be read once');
        }
        reader = 'reads';
        lastRead = performance.now();
        return { next, return: leave };
      },
    },
    emit(told) {
      if (reader === 'left') return;
      const event = typed<Output>(told);
      const call = calls.shift();
      if (call) return call.resolve({ done: false, value: event });
      unread.add(event);
      if (reader === 'reads' && !hurries && unread.size() > MOST_WAITING) return hold();
    },
    hurry() {
      hurries = true;
      letGo();
    },
    end: () => end('well'),
    fail: (error) => end({ error }),
  };
}

/** First in, first out, however many there are: taking the first of a long array moves all others. */
function createQueue<Item>() {
  let items: Item[] = [];
  let taken = 0;
  return {
    size: () => items.length - taken,
    add(item: Item): void {
      items.push(item);
    },
    take(): Item | undefined {
      const item = items[taken];
      if (item === undefined) return undefined;
      taken += 1;
      if (taken * 2 > items.length) {
        items = items.slice(taken);
        taken = 0;
      }
      return item;
    },
    clear(): void {
      items = [];
      taken = 0;
    },
  };
}
