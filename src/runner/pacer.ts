/**
 * Lets so many begin in one turn of the event loop; who comes after them waits
 * for a next one, in the order they came. Ten thousand images that come due at
 * once would otherwise hold up all else (timers, signals, bars) for half a
 * second, and all that they have begun would be in memory at once.
 */
export function createPacer(most: number): () => Promise<void> | undefined {
  let waiting: (() => void)[] = [];
  let begun = 0;

  function nextTurn(): void {
    const next = waiting.slice(0, most);
    begun = next.length;
    if (begun === 0) return;
    waiting = waiting.slice(most);
    setImmediate(nextTurn);
    for (const go of next) go();
  }

  return () => {
    if (begun === 0) setImmediate(nextTurn);
    if (begun < most) {
      begun += 1;
      return undefined;
    }
    return new Promise((resolve) => void waiting.push(resolve));
  };
}
