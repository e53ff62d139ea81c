/** A word that names nothing, and the names that may have been meant. */

/** Longer ones are addresses, or no names at all. */
const MAX_LENGTH = 80;
/** So many are proposed. */
const MAX_NAMES = 3;
/** A beginning of a name says as much as this. */
const LEAST_BEGINNING = 3;

/** Looks for names near a word, however many are offered. */
export type NearNames = {
  offer(name: string): void;
  /** The nearest, at most three that are equally near. */
  names(): string[];
};

export function createNearNames(word: string): NearNames {
  const wanted = word.toLowerCase();
  let least = Math.max(1, Math.floor(wanted.length / 3));
  let found: string[] = [];

  return {
    offer(name) {
      if (wanted === '' || wanted.length > MAX_LENGTH || name.length > MAX_LENGTH) return;
      const distance = distanceOf(wanted, name.toLowerCase(), least);
      if (distance > least) return;
      if (distance < least) found = [];
      least = distance;
      if (found.length < MAX_NAMES) found.push(name);
    },
    names: () => found,
  };
}

/** The names nearest to a word, at most three that are equally near. */
export function nearNames(word: string, names: Iterable<string>): string[] {
  const near = createNearNames(word);
  for (const name of names) near.offer(name);
  return near.names();
}

/** `Did you mean a, b or c?`; null where nothing was near. */
export function didYouMean(names: string[]): string | null {
  const last = names.at(-1);
  if (last === undefined) return null;
  const others = names.slice(0, -1).join(', ');
  return `Did you mean ${others === '' ? '' : `${others} or `}${last}?`;
}

/** One more than is of interest where one is much longer than the other. */
function distanceOf(wanted: string, name: string, most: number): number {
  if (wanted.length >= LEAST_BEGINNING && name.startsWith(wanted)) return 1;
  if (Math.abs(wanted.length - name.length) > most) return most + 1;
  return editDistance(wanted, name);
}

/** Letters to put in, leave out, change, or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const least = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(isSwap ? Math.min(least, (before[j - 2] ?? least) + 1) : least);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
