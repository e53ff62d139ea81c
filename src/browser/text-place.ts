/** Where a place of a text is that is told by line and column, both counted from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let offset = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf('\n', offset);
    if (end === -1) break;
    offset = end + 1;
  }
  return Math.min(text.length, offset + column - 1);
}

/** Where the value that begins there ends, as far as a reader wants to see it. */
export function tokenEnd(text: string, begin: number): number {
  const [token = ''] = /^("(?:[^"\\\n]|\\.)*"?|[^\s,\]}]+|.)/.exec(text.slice(begin)) ?? [];
  return begin + token.length;
}
