/** Large enough that a manifest of usual size is not gone through for it. */
const MAX_DEPTH = 5_000_000;
/** Brackets that are counted by searching for them, which is quick where they are few. */
const FEW = 200_000;

/**
 * Where a text first has more than five million objects and lists in one another,
 * or −1. JSON.parse takes 70 bytes a level: 40 MB of brackets are 2.7 GB.
 */
export function tooDeepAt(text: string): number {
  if (text.length <= MAX_DEPTH || !opensMoreThan(FEW, text)) return -1;
  let depth = 0;
  let isString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) isString = !isString;
    else if (isString) {
      if (code === 0x5c) index += 1;
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) return index;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return -1;
}

function opensMoreThan(most: number, text: string): boolean {
  let count = 0;
  for (const bracket of ['[', '{']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > most) return true;
    }
  }
  return false;
}
