import { hasRepeatedKeys } from './count-keys.ts';
import { bounded, type Issue, MAX_PROBLEMS, type Path } from './issue.ts';
import { type LocatedIssue, locate, type Position, positionsIn } from './locate.ts';
import { walkJson } from './walk.ts';

const MESSAGE = 'this key stands twice in one object';

/** Places of issues of a JSON text and its value, with those of its repeated keys, in the order of the text. */
export function locatedIssues(
  text: string,
  issues: readonly Issue[],
  value: unknown,
  { from = 1, most = MAX_PROBLEMS }: { from?: number; most?: number | undefined } = {},
): LocatedIssue[] {
  const located = locate(text, issues).map((issue) => ({ ...issue, line: issue.line + from - 1 }));
  if (!hasRepeatedKeys(text, value)) return located;
  const all = located.concat(repeatedKeys(text, from, most));
  return bounded(
    all.sort((a, b) => a.line - b.line || a.column - b.column),
    most,
  );
}

/** An object or list that the walk is in: where each name stood first, and the name or index of the next value. */
type Container = { names: Map<string, number> | null; segment: string | number };
type Repeated = { path: Path; first: number; offset: number };

/**
 * Names that stand more than once in one object of a valid JSON text: only the
 * last counts to JSON.parse, and what the others hold would be lost without a
 * word (RFC 8259, 4). Each is told with both places; the text begins at line `from`.
 */
function repeatedKeys(text: string, from: number, most: number): LocatedIssue[] {
  const found: Repeated[] = [];
  const open: Container[] = [];
  const begin = () => {
    const parent = open.at(-1);
    if (typeof parent?.segment === 'number') parent.segment += 1;
  };
  const note = (name: string, offset: number) => {
    const object = open.at(-1);
    if (!object?.names) return;
    object.segment = name;
    const first = object.names.get(name);
    if (first === undefined) object.names.set(name, offset);
    else if (found.length <= most) found.push({ path: pathOf(open), first, offset });
  };
  const isWalked = walkJson(text, {
    onObjectBegin: () => {
      begin();
      open.push({ names: new Map(), segment: '' });
    },
    onArrayBegin: () => {
      begin();
      open.push({ names: null, segment: -1 });
    },
    onLiteralValue: begin,
    onObjectProperty: note,
    onObjectEnd: () => void open.pop(),
    onArrayEnd: () => void open.pop(),
  });
  // Nested too deeply to be walked through: it is known that there is one, but not where.
  if (!isWalked)
    return [{ path: [], line: from, column: 1, message: `of some object: ${MESSAGE}` }];
  const placeAt = placesOf(text, found, from);
  return found.map(({ path, first, offset }) => {
    const { line, column } = placeAt(first);
    return { path, message: `${MESSAGE}: first at ${line}:${column}`, ...placeAt(offset) };
  });
}

function pathOf(open: Container[]): Path {
  return open.map(({ segment }) => segment);
}

function placesOf(text: string, found: Repeated[], from: number): (offset: number) => Position {
  const offsets = found.flatMap(({ first, offset }) => [first, offset]).sort((a, b) => a - b);
  const positionOf = positionsIn(text);
  const known = new Map(offsets.map((offset) => [offset, positionOf(offset)]));
  return (offset) => {
    const { line, column } = known.get(offset) ?? { line: 1, column: 1 };
    return { line: line + from - 1, column };
  };
}
