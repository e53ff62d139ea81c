import { type ByteReader, skip, take } from './byte-feed.ts';
import { u8, u16be, u32be } from './bytes.ts';
import { checkedSize } from './checked-size.ts';
import type { HeifFormat } from './heif-brands.ts';
import { type Box, type BoxBudget, findBox, isBox, leaveBox, nextBox } from './iso-boxes.ts';
import { corrupt, noDimensions, type SizeVerdict } from './verdict.ts';

const MAX_SIZES = 1000;
/** Items that are kept when it is not known yet which one is the primary. */
const MAX_KEPT_ITEMS = 4000;
/** The tiles of a picture of 65,536 × 65,536 pixels, and bounds the time of a hostile body. */
const MAX_ASSOCIATED_ITEMS = 16_500;

type Sides = { width: number; height: number };

/** What is known so far of the items of a file. */
type Items = {
  format: HeifFormat;
  primary: number | undefined;
  /** The sides (`ispe`) among the item properties, by position from 1. */
  sides: Map<number, Sides>;
  /** The sides of each item, by its id; of the primary alone once that is known. */
  sidesOf: Map<number, Sides>;
};

/**
 * The size of the primary item (ISO/IEC 23008-12, 6.5.3 and 9.3): `pitm` names
 * it, `ipma` gives it one of the properties in `ipco`, an `ispe`. Every image
 * item must have one, also one that is put together of others (`grid`, `iovl`,
 * `iden`, `tmap`), whose parts, thumbnails and gain maps may be larger. Null
 * where the box names no primary item.
 */
export function* readPrimaryItem(
  meta: Box,
  format: HeifFormat,
  budget: BoxBudget,
): ByteReader<SizeVerdict | null> {
  yield skip(4); // version and flags
  const items: Items = { format, primary: undefined, sides: new Map(), sidesOf: new Map() };
  let at = meta.start + 4;
  for (;;) {
    const box = yield* findBox(['pitm', 'iprp'], at, meta.end, budget);
    if (box === null) break;
    if (!isBox(box)) return box;
    const trouble = yield* box.type === 'pitm'
      ? readPrimaryId(box, items)
      : readProperties(box, items, budget);
    if (trouble !== null) return trouble;
    const sides = items.primary === undefined ? undefined : items.sidesOf.get(items.primary);
    if (sides) return checkedSize(sides.width, sides.height, format);
    at = box.end;
  }
  if (items.primary === undefined) return null;
  return noDimensions(`the ${format.toUpperCase()} has no size for its primary item`);
}

/** `pitm`: an id of 16 bits, or of 32 since version 1 (ISO/IEC 14496-12, 8.11.4). */
function* readPrimaryId(box: Box, items: Items): ByteReader<SizeVerdict | null> {
  const start = yield take(4);
  const length = u8(start, 0) === 0 ? 2 : 4;
  if (box.end - box.start < 4 + length) return corrupt('the number of the primary item is broken');
  const id = yield take(length);
  if (id.length < length) return 'cut-off';
  items.primary ??= length === 2 ? u16be(id, 0) : u32be(id, 0);
  return (yield* leaveBox(box, 4 + length)) ? null : 'cut-off';
}

/** `iprp`: the properties in `ipco`, and behind them one `ipma` or several (ISO/IEC 23008-12, 9.3.1). */
function* readProperties(
  iprp: Box,
  items: Items,
  budget: BoxBudget,
): ByteReader<SizeVerdict | null> {
  let at = iprp.start;
  for (;;) {
    const box = yield* findBox(['ipco', 'ipma'], at, iprp.end, budget);
    if (box === null) return null;
    if (!isBox(box)) return box;
    const trouble = yield* box.type === 'ipco'
      ? readContainer(box, items, budget)
      : readAssociations(box, items);
    if (trouble !== null) return trouble;
    at = box.end;
  }
}

/** Properties are named by position: every box counts, `free` ones too. */
function* readContainer(
  ipco: Box,
  items: Items,
  budget: BoxBudget,
): ByteReader<SizeVerdict | null> {
  let at = ipco.start;
  for (let position = 1; ; position += 1) {
    const box = yield* nextBox(at, ipco.end, budget);
    if (box === null) return null;
    if (!isBox(box)) return box;
    const isSize = box.type === 'ispe';
    if (isSize) {
      const title = items.format.toUpperCase();
      if (box.end - box.start < 12) return corrupt(`the ${title} has a broken size`);
      if (items.sides.size === MAX_SIZES) {
        return noDimensions(`the ${title} has more than ${MAX_SIZES} sizes`);
      }
      const ispe = yield take(12);
      if (ispe.length < 12) return 'cut-off';
      items.sides.set(position, { width: u32be(ispe, 4), height: u32be(ispe, 8) });
    }
    if (!(yield* leaveBox(box, isSize ? 12 : 0))) return 'cut-off';
    at = box.end;
  }
}

/** `ipma`: for each item the positions of its properties, in 7 or 15 bits (ISO/IEC 23008-12, 9.3.1). */
function* readAssociations(ipma: Box, items: Items): ByteReader<SizeVerdict | null> {
  const start = yield take(8);
  if (start.length < 8) return 'cut-off';
  const idLength = u8(start, 0) === 0 ? 2 : 4;
  const isWide = (u8(start, 3) & 1) === 1;
  const count = u32be(start, 4);
  if (count > MAX_ASSOCIATED_ITEMS) return corrupt('the file has too many items');
  let read = 8;
  for (let index = 0; index < count; index += 1) {
    const entry = yield take(idLength + 1);
    if (entry.length < idLength + 1) return 'cut-off';
    const length = u8(entry, idLength) * (isWide ? 2 : 1);
    const positions = yield take(length);
    if (positions.length < length) return 'cut-off';
    read += idLength + 1 + length;
    if (read > ipma.end - ipma.start) return corrupt('the boxes of the file are broken');
    const id = idLength === 2 ? u16be(entry, 0) : u32be(entry, 0);
    if (!keep(items, id, positions, isWide)) {
      return corrupt('the file has too many items before it names the primary one');
    }
  }
  return (yield* leaveBox(ipma, read)) ? null : 'cut-off';
}

/** Keeps the first of an item's properties that is a size; false where too many are kept. */
function keep(items: Items, id: number, positions: Uint8Array, isWide: boolean): boolean {
  const { primary, sides, sidesOf } = items;
  if ((primary !== undefined && primary !== id) || sidesOf.has(id)) return true;
  // The first bit says whether a property is essential.
  for (let at = 0; at < positions.length; at += isWide ? 2 : 1) {
    const position = isWide ? u16be(positions, at) & 0x7fff : u8(positions, at) & 0x7f;
    const found = sides.get(position);
    if (found) {
      sidesOf.set(id, found);
      break;
    }
  }
  return sidesOf.size <= MAX_KEPT_ITEMS;
}
