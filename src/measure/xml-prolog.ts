import type { ByteReader } from './byte-feed.ts';
import { matchAt } from './xml.ts';
import { ensure, readMore, skipPast, type XmlSource } from './xml-source.ts';

/**
 * How an XML document begins; `unfinished` where the body ends before the root
 * element, `endless` where nobody will look for it any longer.
 */
export type Prolog = {
  state: 'complete' | 'unfinished' | 'endless' | 'malformed';
  /** The name in the document type declaration, empty without one. */
  doctype: string;
  /** The short entities that its internal subset declares. */
  entities: Map<string, string>;
  /** The name of the root element, empty without one; its attributes begin at the place of the source. */
  root: string;
};

/** How many more parts of a prolog may be looked at. */
type PartBudget = { left: number };

const NOT_SPACE = /[^\t\n\r ]/g;
const ROOT = /<([A-Za-z_:\x80-\uffff][^\t\n\r />"'=<]*)/y;
const DOCTYPE = /<!doctype[\t\n\r ]+([^\t\n\r >[]+)/iy;
const DOCTYPE_PART = /["'[\]>]|<!--|<\?|<!ENTITY/g;
const ENTITY =
  /[\t\n\r ]+([A-Za-z_:][^\t\n\r "'>%]{0,99})[\t\n\r ]+("[^"]{0,200}"|'[^']{0,200}')[\t\n\r ]*>/y;
const CLOSING: Record<string, string> = { '"': '"', "'": "'", '<!--': '-->', '<?': '?>' };

/** As long as the longest part of a document type, and as a name in it or a short entity may be. */
const LONGEST_PART = '<!ENTITY'.length;
const LONG_ENOUGH = 512;
const MAX_ENTITIES = 200;
/** Comments, declarations, strings and brackets; bounds the time of a hostile body. */
const MAX_PARTS = 65_536;

/**
 * Finds the root element (XML 1.0, 2.8) behind the XML declaration, comments,
 * processing instructions and the document type, however long they are. Takes
 * time in proportion to the text, and keeps none of it.
 */
export function* readProlog(source: XmlSource): ByteReader<Prolog> {
  const prolog: Prolog = { state: 'unfinished', doctype: '', entities: new Map(), root: '' };
  const budget: PartBudget = { left: MAX_PARTS };
  let goesOn = true;
  while (goesOn && budget.left > 0) {
    budget.left -= 1;
    yield* skipSpace(source);
    yield* ensure(source, LONG_ENOUGH);
    const { text, at } = source;
    if (text.startsWith('<!--', at)) goesOn = yield* skipBeyond(source, 4, '-->');
    else if (text.startsWith('<?', at)) goesOn = yield* skipBeyond(source, 2, '?>');
    else if (text.startsWith('<!', at)) {
      prolog.doctype = matchAt(DOCTYPE, text, at)?.[1] ?? '';
      source.at += 2;
      goesOn = yield* skipDoctype(source, prolog.entities, budget);
    } else return takeRoot(source, prolog);
  }
  if (budget.left === 0 || !source.hasEnded) prolog.state = 'endless';
  return prolog;
}

function takeRoot(source: XmlSource, prolog: Prolog): Prolog {
  const { text, at } = source;
  const [tag = '', root = ''] = matchAt(ROOT, text, at) ?? [];
  const end = at + tag.length;
  if (tag !== '' && end < text.length) {
    source.at = end;
    return { ...prolog, state: 'complete', root };
  }
  // Nothing is left, or a tag whose name may go on; what is no end of the body is too long for a name.
  const isUnfinished = end === text.length || text.slice(at) === '<';
  if (!isUnfinished) return { ...prolog, state: 'malformed' };
  if (source.hasEnded) return { ...prolog, state: 'unfinished' };
  return tag === '' ? { ...prolog, state: 'endless' } : { ...prolog, state: 'complete', root };
}

function* skipSpace(source: XmlSource): ByteReader<void> {
  do {
    const found = matchAt(NOT_SPACE, source.text, source.at);
    source.at = found?.index ?? source.text.length;
    if (found) return;
  } while (yield* readMore(source));
}

function* skipBeyond(source: XmlSource, count: number, closing: string): ByteReader<boolean> {
  source.at += count;
  return yield* skipPast(source, closing);
}

/** Moves behind a document type, past its strings, comments and internal subset; false where it has no end. */
function* skipDoctype(
  source: XmlSource,
  entities: Map<string, string>,
  budget: PartBudget,
): ByteReader<boolean> {
  let depth = 0;
  while (budget.left > 0) {
    const found = matchAt(DOCTYPE_PART, source.text, source.at);
    if (!found) {
      source.at = Math.max(source.at, source.text.length - LONGEST_PART + 1);
      if (!(yield* readMore(source))) return false;
      continue;
    }
    budget.left -= 1;
    const [part] = found;
    source.at = found.index + part.length;
    const closing = CLOSING[part];
    if (closing !== undefined) {
      if (!(yield* skipPast(source, closing))) return false;
    } else if (part === '<!ENTITY') yield* takeEntity(source, entities);
    else if (part === '[') depth += 1;
    else if (part === ']') depth -= 1;
    else if (depth <= 0) return true;
  }
  return false;
}

/** Keeps an entity whose value is short enough to be a number's; the first of a name counts (XML 1.0, 4.2). */
function* takeEntity(source: XmlSource, entities: Map<string, string>): ByteReader<void> {
  yield* ensure(source, LONG_ENOUGH);
  const [whole, name, value] = matchAt(ENTITY, source.text, source.at) ?? [];
  if (whole === undefined || name === undefined || value === undefined) return;
  source.at += whole.length;
  if (!entities.has(name) && entities.size < MAX_ENTITIES) entities.set(name, value.slice(1, -1));
}
