/** What a header reader asks for: so many bytes in one piece, or that so many be passed over. */
export type Demand = { take: number } | { skip: number };

/**
 * Reads a header step by step. It is resumed with exactly the bytes it asked
 * for, in a buffer of their own; with fewer only where the body ended. So it
 * never sees how the network cut the body, and can't depend on it.
 */
export type HeaderReader<T> = Generator<Demand, T, Uint8Array>;

const NONE = new Uint8Array(0);

export type ByteSource = {
  /** The next bytes, which stay next. Asking again for more is cheap. */
  peek(count: number): HeaderReader<Uint8Array>;
  take(count: number): HeaderReader<Uint8Array>;
  /** Passes over bytes, also beyond the end of the body: the next `take` is short then. */
  skip(count: number): HeaderReader<void>;
};

export function createByteSource(): ByteSource {
  let held: Uint8Array = NONE;

  function* peek(count: number): HeaderReader<Uint8Array> {
    if (held.length < count) {
      const more = yield { take: count - held.length };
      held = held.length === 0 ? more : joinBytes([held, more]);
    }
    return held.slice(0, count);
  }

  function* take(count: number): HeaderReader<Uint8Array> {
    if (held.length === 0) return yield { take: count };
    const bytes = yield* peek(count);
    held = held.subarray(bytes.length);
    return bytes;
  }

  function* skip(count: number): HeaderReader<void> {
    const rest = count - held.length;
    held = held.subarray(Math.min(count, held.length));
    if (rest > 0) yield { skip: rest };
  }

  return { peek, take, skip };
}

/** Gives a reader the chunks of a body as they come. */
export type Feed<T> = {
  push(chunk: Uint8Array): void;
  /** The body has ended: what is missing stays missing. */
  end(): T;
};

export function createFeed<T>(reader: HeaderReader<T>): Feed<T> {
  let step = reader.next();
  let gathered: Uint8Array = NONE;
  let progress = 0;

  function resume(bytes: Uint8Array): void {
    gathered = NONE;
    progress = 0;
    step = reader.next(bytes);
  }

  function gather(count: number, chunk: Uint8Array, offset: number): number {
    const part = chunk.subarray(offset, offset + count - progress);
    if (part.length === count) resume(new Uint8Array(part));
    else {
      if (progress === 0) gathered = new Uint8Array(count);
      gathered.set(part, progress);
      progress += part.length;
      if (progress === count) resume(gathered);
    }
    return part.length;
  }

  function passOver(count: number, available: number): number {
    const passed = Math.min(count - progress, available);
    progress += passed;
    if (progress === count) resume(NONE);
    return passed;
  }

  return {
    push(chunk) {
      let offset = 0;
      while (!step.done && offset < chunk.length) {
        const demand = step.value;
        offset +=
          'take' in demand
            ? gather(demand.take, chunk, offset)
            : passOver(demand.skip, chunk.length - offset);
      }
    },
    end() {
      while (!step.done) resume('take' in step.value ? gathered.slice(0, progress) : NONE);
      return step.value;
    },
  };
}

export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

/** A view for numbers. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes as characters of the same code: for signatures and ASCII headers. */
export function asciiOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
    start,
    end,
  );
}
