/** How an XML document begins; `unfinished` where more text may hold the root element. */
export type Prolog = {
  state: 'complete' | 'unfinished' | 'malformed';
  /** The name in the document type declaration, empty without one. */
  doctype: string;
  /** The name of the root element, empty without one, and where its attributes begin. */
  root: string;
  at: number;
};

const BYTE_ORDER_MARK = '\xef\xbb\xbf';
const SPACE = /[\t\n\r ]*/y;
const ROOT = /<([A-Za-z_:\x80-\xff][^\t\n\r />"'=<]*)/y;
const DOCTYPE = /<!doctype[\t\n\r ]+([^\t\n\r >[]+)/iy;
const ATTRIBUTE = /[\t\n\r ]*([^\t\n\r =/>"'<]+)[\t\n\r ]*=[\t\n\r ]*("[^"]*"|'[^']*')/y;
const TAG_END = /[\t\n\r ]*\/?>/y;
/** An attribute, or the end of the tag, of which the text ends in the middle. */
const PARTIAL = /[\t\n\r ]*(?:[^\t\n\r =/>"'<]+[\t\n\r ]*(?:=[\t\n\r ]*(?:"[^"]*|'[^']*)?)?|\/)?$/y;
const DOCTYPE_PART = /["'[\]>]|<!--|<\?/g;
const CLOSING: Record<string, string> = { '"': '"', "'": "'", '<!--': '-->', '<?': '?>' };

/**
 * Finds the root element (XML 1.0, 2.8) behind a byte-order mark, the XML
 * declaration, comments, processing instructions and the document type. The
 * text is UTF-8 read as Latin-1. Takes time in proportion to the text.
 */
export function parseProlog(text: string): Prolog {
  const prolog: Prolog = { state: 'unfinished', doctype: '', root: '', at: 0 };
  if (text.startsWith(BYTE_ORDER_MARK)) prolog.at = BYTE_ORDER_MARK.length;
  while (prolog.at !== -1) {
    const at = prolog.at + (matchAt(SPACE, text, prolog.at)?.[0].length ?? 0);
    if (text.startsWith('<!--', at)) prolog.at = endOf(text, '-->', at + 4);
    else if (text.startsWith('<?', at)) prolog.at = endOf(text, '?>', at + 2);
    else if (text.startsWith('<!', at)) {
      prolog.doctype = matchAt(DOCTYPE, text, at)?.[1] ?? '';
      prolog.at = doctypeEnd(text, at + 2);
    } else return rootAt(text, at, prolog.doctype);
  }
  return prolog;
}

function rootAt(text: string, at: number, doctype: string): Prolog {
  const [tag = '', root = ''] = matchAt(ROOT, text, at) ?? [];
  const end = at + tag.length;
  if (tag !== '' && end < text.length) return { state: 'complete', doctype, root, at: end };
  // Nothing is left, or a tag whose name may go on.
  const isUnfinished = end === text.length || text.slice(at) === '<';
  return { state: isUnfinished ? 'unfinished' : 'malformed', doctype, root: '', at };
}

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

/** The end of a document type declaration, past its strings, comments and internal subset; −1 for none. */
function doctypeEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    DOCTYPE_PART.lastIndex = at;
    const part = DOCTYPE_PART.exec(text)?.[0];
    if (part === undefined) return -1;
    at = DOCTYPE_PART.lastIndex;
    const closing = CLOSING[part];
    if (closing !== undefined) {
      at = endOf(text, closing, at);
      if (at === -1) return -1;
    } else if (part === '[') depth += 1;
    else if (part === ']') depth -= 1;
    else if (depth <= 0) return at;
  }
}

function endOf(text: string, closing: string, from: number): number {
  const start = text.indexOf(closing, from);
  return start === -1 ? -1 : start + closing.length;
}

/** What a sticky pattern matches at one place. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
