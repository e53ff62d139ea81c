import { type JSONVisitor, visit } from 'jsonc-parser';

const MAX_BLANKS = 1_000_000;

/**
 * Walks through a JSON text token by token, errors included. Returns false
 * where it cannot: jsonc-parser recurses, so some thousand levels overflow the
 * stack, and it joins a run of blanks one by one (100 million take 3 GB).
 */
export function walkJson(text: string, visitor: JSONVisitor): boolean {
  if (longestBlank(text) > MAX_BLANKS) return false;
  try {
    visit(text, visitor, { disallowComments: true });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The length of the longest run of spaces and tabs. */
function longestBlank(text: string): number {
  let longest = 0;
  let run = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    run = code === 0x20 || code === 0x09 ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}
