import { forEachLine, type Line } from '../files/lines.ts';
import type { TextSource } from '../files/seekable.ts';
import { decodeUtf8 } from '../syntax/encoding.ts';
import { formatPath, type Path } from '../syntax/issue.ts';
import { locate, type Position } from '../syntax/locate.ts';
import { positionIn } from '../syntax/rows.ts';
import { formOf, IMAGES_FIELD, isObject, tryParse } from './accept.ts';
import { type ListForm, type ManifestForm, type ManifestFormat, manifestForm } from './format.ts';
import { forEachEntry } from './list-entries.ts';
import { openTwice, readWhole } from './source.ts';
import { gatherUnknownFields } from './unknown-fields.ts';

/** An image whose place is asked for, by positions, and the URL that must stand there. */
export type WantedPlace = { store: number; image: number; url: string };

/** Where the URL of an image stands: line and column from 1, and `stores[3].images[2]`, or a column's name. */
export type ManifestPlace = { line: number; column: number; path: string };

/** A place that was asked for, and its number among these. */
type Asked = WantedPlace & { index: number };
/** One that is there, and where in the value. */
type Present = { index: number; path: Path };

/**
 * Finds where images stand in the text of a manifest, in the order in which
 * they were asked for. Null for what can't be found: the manifest has changed
 * since, or is not to be read. Never rejects for what the text is.
 */
export async function findPlaces(
  source: TextSource,
  format: ManifestFormat,
  wanted: WantedPlace[],
): Promise<(ManifestPlace | null)[]> {
  const asked = wanted.map((place, index): Asked => ({ ...place, index }));
  const places: (ManifestPlace | null)[] = wanted.map(() => null);
  const form = manifestForm(source.path, format);
  // What was found up to a failure is right all the same.
  await findIn(form, source, asked, places).catch(() => {});
  return places;
}

function findIn(
  form: ManifestForm,
  source: TextSource,
  asked: Asked[],
  places: (ManifestPlace | null)[],
): Promise<void> {
  if (form === 'json') return findInDocument(source, asked, places);
  if (form === 'ndjson') return findInLines(source, asked, places);
  return findInList(form, source, asked, places);
}

async function findInDocument(
  source: TextSource,
  asked: Asked[],
  places: (ManifestPlace | null)[],
): Promise<void> {
  const text = textOf(await readWhole(source));
  const value = tryParse(text);
  if (!isObject(value)) return;
  const form = value.visits === undefined ? 'stores' : 'visits';
  const pathOf = ({ store, image }: Asked): Path => [form, store, IMAGES_FIELD[form], image];
  const present = presentIn(value, asked, pathOf);
  for (const { index, path, position } of positionsOf(text, present)) {
    places[index] = { ...position, path: formatPath(path) };
  }
}

async function findInLines(
  source: TextSource,
  asked: Asked[],
  places: (ManifestPlace | null)[],
): Promise<void> {
  const byStore = groupByStore(asked);
  let store = 0;
  const onLine = (line: Line): void => {
    if (isBlank(line)) return;
    const found = line.bytes && findInLine(line.bytes, byStore.get(store) ?? []);
    for (const { index, path, position } of found ?? []) {
      const whole = formatPath(['stores', store, ...path]);
      places[index] = { line: line.number, column: position.column, path: whole };
    }
    store += 1;
  };
  const opened = await openTwice(source);
  try {
    await forEachLine(opened.file, onLine);
  } finally {
    await opened.close();
  }
}

/** In a list the path is the name of the column; there is none in a list of URLs. */
async function findInList(
  form: ListForm,
  source: TextSource,
  asked: Asked[],
  places: (ManifestPlace | null)[],
): Promise<void> {
  const byStore = groupByStore(asked);
  /** How many images of a store that is asked for have come. */
  const counts = new Map<number, number>();
  const opened = await openTwice(source);
  try {
    await forEachEntry(opened.file, form, {
      checkUrl: undefined,
      unknownFields: gatherUnknownFields('columns'),
      onEntry({ url }, { row, store, cell, column }) {
        const here = byStore.get(store);
        if (!here) return;
        const image = counts.get(store) ?? 0;
        counts.set(store, image + 1);
        const at = row.starts[cell] ?? row.from;
        const place = { ...positionIn(row.text, row.from, at, row.line), path: column };
        for (const one of here)
          if (one.image === image && one.url === url) places[one.index] = place;
      },
    });
  } finally {
    await opened.close();
  }
}

function groupByStore(asked: Asked[]): Map<number, Asked[]> {
  const byStore = new Map<number, Asked[]>();
  for (const place of asked) {
    const others = byStore.get(place.store);
    if (others) others.push(place);
    else byStore.set(place.store, [place]);
  }
  return byStore;
}

function findInLine(bytes: Buffer, asked: Asked[]): Placed[] {
  if (asked.length === 0) return [];
  const text = textOf(bytes);
  const value = tryParse(text);
  const field = IMAGES_FIELD[formOf(value)];
  return positionsOf(
    text,
    presentIn(value, asked, ({ image }) => [field, image]),
  );
}

/** Blank lines hold no store. Most lines begin with a brace: these need no second look. */
function isBlank({ bytes }: Line): boolean {
  return bytes !== null && bytes[0] !== 0x7b && bytes.toString('utf8').trim() === '';
}

/** An empty text where the bytes are not UTF-8. */
function textOf(bytes: Buffer): string {
  const decoded = decodeUtf8(bytes);
  return 'text' in decoded ? decoded.text : '';
}

/** Those of the places where the value has the URL that was asked for. */
function presentIn(value: unknown, asked: Asked[], pathOf: (place: Asked) => Path): Present[] {
  return asked.flatMap((place) => {
    const path = pathOf(place);
    return valueAt(value, path) === place.url ? [{ index: place.index, path }] : [];
  });
}

function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const segment of path) {
    if (Array.isArray(inner) && typeof segment === 'number') inner = inner[segment];
    else if (isObject(inner) && typeof segment === 'string') inner = inner[segment];
    else return undefined;
  }
  return inner;
}

type Placed = Present & { position: Position };

/** Lines and columns of values that are there; without those that the walk through the text did not reach. */
function positionsOf(text: string, present: Present[]): Placed[] {
  if (present.length === 0) return [];
  // Their lists are asked for too: a value that was not reached is said to stand where its list does.
  const paths = present.flatMap(({ path }) => [path, path.slice(0, -1)]);
  const found = new Map<string, Position>();
  for (const { path, line, column } of locate(text, paths.map(toIssue))) {
    found.set(formatPath(path), { line, column });
  }
  return present.flatMap(({ index, path }) => {
    const position = found.get(formatPath(path));
    const list = found.get(formatPath(path.slice(0, -1)));
    const isReached =
      position?.line !== list?.line || (position?.column ?? 0) > (list?.column ?? 0);
    return position && isReached ? [{ index, path, position }] : [];
  });
}

function toIssue(path: Path) {
  return { path, message: '' };
}
