/** More changes than these, or than half a word, make another word. */
const MOST_CHANGES = 3;
/** No name is that long; bounds the work on what somebody pasted. */
const MOST_LENGTH = 64;

/** The name that a mistyped word is most like; null where none is like it. */
export function nearest(word: string, names: readonly string[]): string | null {
  if (word.length > MOST_LENGTH) return null;
  const typed = word.toLowerCase();
  let best: string | null = null;
  let fewest = Math.min(MOST_CHANGES, Math.floor(word.length / 2)) + 1;
  for (const name of names) {
    const changes = name.startsWith(typed) ? 1 : changesBetween(typed, name.toLowerCase());
    if (changes < fewest) [best, fewest] = [name, changes];
  }
  return best;
}

/** Letters that are added, left out or replaced, or neighbours that change places (Damerau and Levenshtein). */
function changesBetween(a: string, b: string): number {
  let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
