/** Most bytes a reader may ask for at once. */
export const MAX_TAKE = 65_536;

// A reader that has met the end of the body has this many more turns to answer.
const TURNS_AFTER_END = 16;
const EMPTY = new Uint8Array(0);

/** What a reader wants next; `peek` leaves the bytes to be read again. */
export type Request = { kind: 'take' | 'peek' | 'skip'; count: number };

/**
 * Reads a header as if the body were one piece: yields requests, and is resumed
 * with exactly the bytes it asked for, in a buffer of their own, or with fewer
 * when the body has ended. It never sees how the network cut the body.
 */
export type ByteReader<T> = Generator<Request, T, Uint8Array>;

/** The next `count` bytes, 0 to MAX_TAKE. */
export function take(count: number): Request {
  return { kind: 'take', count };
}

/** The next `count` bytes without moving on: they are read again afterwards. */
export function peek(count: number): Request {
  return { kind: 'peek', count };
}

/** Moves on by `count` bytes, however many, without keeping them. Resumes with no bytes. */
export function skip(count: number): Request {
  return { kind: 'skip', count };
}

/**
 * Feeds a reader with chunks of any size. `push` answers what the reader returned,
 * undefined while it wants more; it keeps no chunk, only the bytes asked for.
 */
export function createByteFeed<T>(reader: ByteReader<T>) {
  let request = take(0);
  let gathered = EMPTY;
  let filled = 0;
  let answer: T | undefined;
  let done = false;

  /** Hands the bytes to the reader, until it asks for some that are not there yet. */
  function resume(bytes: Uint8Array): void {
    let given = bytes;
    do {
      const turn = reader.next(given);
      if (turn.done) {
        answer = turn.value;
        done = true;
        return;
      }
      request = turn.value;
      gathered = request.kind === 'skip' ? EMPTY : new Uint8Array(boundedCount(request));
      filled = 0;
      given = gathered;
    } while (request.count === 0);
  }

  function satisfy(bytes: Uint8Array): void {
    const again = request.kind === 'peek';
    resume(bytes);
    if (again) give(bytes);
  }

  function give(chunk: Uint8Array): void {
    let at = 0;
    while (!done && at < chunk.length) {
      const count = Math.min(request.count - filled, chunk.length - at);
      if (request.kind !== 'skip') copy(chunk, at, gathered, filled, count);
      filled += count;
      at += count;
      if (filled === request.count) satisfy(gathered);
    }
  }

  resume(EMPTY);
  return {
    push(chunk: Uint8Array): T | undefined {
      give(chunk);
      return answer;
    },
    /** The body has ended: the reader gets what there is. Undefined when it still will not answer. */
    end(): T | undefined {
      for (let turn = 0; !done && turn < TURNS_AFTER_END; turn += 1) {
        satisfy(gathered.slice(0, filled));
      }
      return answer;
    },
  };
}

// A view of the chunk costs more than to copy a header's few bytes one by one.
const FEW_BYTES = 64;

function copy(from: Uint8Array, at: number, to: Uint8Array, start: number, count: number): void {
  if (count > FEW_BYTES) {
    to.set(from.subarray(at, at + count), start);
    return;
  }
  for (let index = 0; index < count; index += 1) to[start + index] = from[at + index] ?? 0;
}

function boundedCount({ count }: Request): number {
  if (count > MAX_TAKE) throw new RangeError(`${count} bytes are too many to take at once`);
  return count;
}

/**
 * Reads ever more of the body, twice as much each time, until `parse` has an
 * answer. At the end of the body, or at MAX_TAKE bytes, it is asked a last time
 * with `isLast`; undefined then too means that there is none.
 */
export function* takeUntil<T>(
  first: number,
  parse: (window: Uint8Array, isLast: boolean) => T | undefined,
): ByteReader<T | undefined> {
  let window: Uint8Array = EMPTY;
  let isLast = false;
  while (!isLast) {
    const wanted = window.length === 0 ? first : Math.min(window.length, MAX_TAKE - window.length);
    const more = yield take(wanted);
    window = joined(window, more);
    isLast = more.length < wanted || window.length === MAX_TAKE;
    const answer = parse(window, isLast);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
