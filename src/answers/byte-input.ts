const NONE = new Uint8Array(0);

/** The bytes of a stream, taken as they are needed. */
export type ByteInput = {
  /** The next bytes, as they come; null at the end. */
  next(): Promise<Uint8Array | null>;
  /** Exactly so many, or fewer at the end. */
  take(count: number): Promise<Uint8Array>;
  /** Gives back what was read too far. */
  unread(bytes: Uint8Array): void;
  /** Reads on to the end. */
  drain(): Promise<void>;
};

export function createByteInput(stream: AsyncIterable<Uint8Array>): ByteInput {
  const chunks = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = NONE;

  async function next(): Promise<Uint8Array | null> {
    if (rest.length > 0) {
      const unread = rest;
      rest = NONE;
      return unread;
    }
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return null;
      if (value.length > 0) return value;
    }
  }

  async function take(count: number): Promise<Uint8Array> {
    let taken: Uint8Array = NONE;
    while (taken.length < count) {
      const chunk = await next();
      if (!chunk) break;
      const wanted = count - taken.length;
      taken = Buffer.concat([taken, chunk.subarray(0, wanted)]);
      rest = chunk.subarray(wanted);
    }
    return taken;
  }

  return {
    next,
    take,
    unread(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([bytes, rest]);
    },
    async drain() {
      while (await next());
    },
  };
}
