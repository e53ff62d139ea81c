/** Something that several use at once, and the way to give it back. */
export type Share<T> = { value: T; release(): Promise<void> };

/**
 * Values that several use at once, by key: each is made for the first who
 * takes it, and closed when the last has given it back.
 */
export function createSharing<T>(close: (value: T) => Promise<void>) {
  const shared = new Map<string, { value: T; users: number }>();

  function take(key: string, make: () => T): Share<T> {
    const entry = shared.get(key) ?? { value: make(), users: 0 };
    shared.set(key, entry);
    entry.users += 1;
    let isUsed = true;
    return {
      value: entry.value,
      async release() {
        if (!isUsed) return;
        isUsed = false;
        entry.users -= 1;
        if (entry.users > 0) return;
        shared.delete(key);
        await close(entry.value);
      },
    };
  }

  /** Whether all is given back. */
  const isEmpty = () => shared.size === 0;

  return { take, isEmpty };
}
