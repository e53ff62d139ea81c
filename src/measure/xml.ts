const ATTRIBUTE = /[\t\n\r ]*([^\t\n\r =/>"'<]+)[\t\n\r ]*=[\t\n\r ]*("[^"]*"|'[^']*')/y;
const TAG_END = /[\t\n\r ]*\/?>/y;
/** An attribute, or the end of the tag, of which the text ends in the middle. */
const PARTIAL = /[\t\n\r ]*(?:[^\t\n\r =/>"'<]+[\t\n\r ]*(?:=[\t\n\r ]*(?:"[^"]*|'[^']*)?)?|\/)?$/y;

const ENTITY_REFERENCE = /&([A-Za-z_:][^\t\n\r &;<]{0,99});/g;
const CHARACTER_REFERENCE = /&#(?:x([\da-f]{1,6})|(\d{1,7}));/gi;
/** Entities in entities, and characters that may come of it: far more than a number has. */
const MAX_DEPTH = 8;
const MAX_RESOLVED = 1000;
const LAST_CHARACTER = 0x10_ffff;

/** The attributes of a tag from `at` to its end, with their values unquoted; the first of a name counts. */
export function parseAttributes(
  text: string,
  from: number,
): Map<string, string> | 'unfinished' | 'malformed' {
  const attributes = new Map<string, string>();
  let at = from;
  while (!matchAt(TAG_END, text, at)) {
    const [whole, name, value] = matchAt(ATTRIBUTE, text, at) ?? [];
    if (whole === undefined || name === undefined || value === undefined) {
      return matchAt(PARTIAL, text, at) ? 'unfinished' : 'malformed';
    }
    if (!attributes.has(name)) attributes.set(name, value.slice(1, -1));
    at += whole.length;
  }
  return attributes;
}

/**
 * A value with its references replaced (XML 1.0, 4.4): entities of the internal
 * subset, then characters. Undefined where they are too many; what is not known
 * stays as it is.
 */
export function resolveReferences(
  value: string,
  entities: ReadonlyMap<string, string>,
): string | undefined {
  let text = value;
  for (let depth = 0; depth < MAX_DEPTH && text.length <= MAX_RESOLVED; depth += 1) {
    const resolved = text.replace(ENTITY_REFERENCE, (all, name) => entities.get(name) ?? all);
    if (resolved === text) return text.replace(CHARACTER_REFERENCE, toCharacter);
    text = resolved;
  }
  return undefined;
}

function toCharacter(reference: string, hexadecimal?: string, decimal?: string): string {
  const code = hexadecimal ? Number.parseInt(hexadecimal, 16) : Number(decimal);
  return code <= LAST_CHARACTER ? String.fromCodePoint(code) : reference;
}

/** What a sticky pattern matches at one place. */
export function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
