/** Whether a key stands twice in one object: only the last one is in the value. */
export function hasRepeatedKeys(text: string, value: unknown): boolean {
  return countKeysInText(text) !== countKeysInValue(value);
}

/** How many names a JSON text gives to values, in objects at any depth. The text must be valid JSON. */
function countKeysInText(text: string): number {
  let count = 0;
  for (let open = text.indexOf('"'); open !== -1; ) {
    const end = endOfString(text, open);
    let next = end + 1;
    while (isBlank(text.charCodeAt(next))) next += 1;
    if (text.charCodeAt(next) === 0x3a) count += 1;
    open = text.indexOf('"', next);
  }
  return count;
}

/** Where the quote is that closes a string. */
function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before a character. */
function isEscaped(text: string, index: number): boolean {
  let before = index;
  while (text.charCodeAt(before - 1) === 0x5c) before -= 1;
  return (index - before) % 2 === 1;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** How many names the objects of a JSON value have, at any depth: fewer than the text where one stood twice. */
function countKeysInValue(value: unknown): number {
  let count = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (Array.isArray(next)) {
      for (const item of next) if (isContainer(item)) rest.push(item);
    } else if (isContainer(next)) {
      for (const key in next) {
        count += 1;
        const item = next[key];
        if (isContainer(item)) rest.push(item);
      }
    }
  }
  return count;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
