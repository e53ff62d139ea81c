import type { Fault } from '../job/effects.ts';
import { type ByteReader, skip, take } from './byte-feed.ts';
import { fourCharacters, joinBytes, u32be, u64be } from './bytes.ts';
import { corrupt } from './verdict.ts';

/** A box of the ISO base media file format; the reader stands at the first byte of its contents. */
export type Box = {
  type: string;
  /** Where the contents begin and end, in bytes from the start of the body; may be Infinity. */
  start: number;
  end: number;
};

/** How many more boxes a search may read; more are no image but an attack. */
export type BoxBudget = { left: number };

/** For a search in several turns: shared by them, so that they take bounded time together. */
export function createBoxBudget(): BoxBudget {
  return { left: 10_000 };
}

/**
 * Reads the header of the box at `position` (ISO/IEC 14496-12, 4.2): its size has
 * 32 or 64 bits, or is 0, which means up to `limit`, the end of what it is in.
 * Null where the body ends and a box need not come.
 */
export function* readBox(
  position: number,
  limit: number,
): ByteReader<Box | Fault | 'cut-off' | null> {
  const header = yield take(8);
  if (header.length === 0 && limit === Infinity) return null;
  if (header.length < 8) return 'cut-off';
  const type = fourCharacters(header, 4);
  const size = u32be(header, 0);
  let start = position + 8;
  let end = size === 0 ? limit : position + size;
  if (size === 1) {
    const long = yield take(8);
    if (long.length < 8) return 'cut-off';
    start += 8;
    end = position + u64be(long, 0);
  }
  return end < start || end > limit
    ? corrupt('the boxes of the file are broken')
    : { type, start, end };
}

/**
 * Skips boxes from `position` to the first of the types wanted; null when `limit`
 * comes before it, or the body ends behind a box.
 */
export function* findBox(
  types: readonly string[],
  position: number,
  limit: number,
  budget = createBoxBudget(),
): ByteReader<Box | Fault | 'cut-off' | null> {
  let at = position;
  while (at < limit) {
    const box = yield* nextBox(at, limit, budget);
    if (!isBox(box) || types.includes(box.type)) return box;
    if (!(yield* leaveBox(box))) return 'cut-off';
    at = box.end;
  }
  return null;
}

/** The box at `position`, whatever its type; null when `limit` or the end of the body comes before it. */
export function* nextBox(
  position: number,
  limit: number,
  budget: BoxBudget,
): ByteReader<Box | Fault | 'cut-off' | null> {
  if (position >= limit) return null;
  if (budget.left === 0) return corrupt('the file has too many boxes');
  budget.left -= 1;
  return yield* readBox(position, limit);
}

/** Moves on to the end of a box, `read` bytes of which are read; false where the body ends before it. */
export function* leaveBox(box: Box, read = 0): ByteReader<boolean> {
  const left = box.end - box.start - read;
  if (left <= 0) return true;
  // A skip does not tell whether all was there; a box up to the end of the body always is.
  yield skip(left - 1);
  return left === Infinity || (yield take(1)).length === 1;
}

export function isBox(found: Box | Fault | string | null): found is Box {
  return found !== null && typeof found === 'object' && 'type' in found;
}

/** A box of at most 4 GiB as bytes. */
export function makeBox(type: string, ...contents: (Uint8Array | string)[]): Uint8Array {
  const body = joinBytes(...contents);
  const header = joinBytes('\0\0\0\0', type);
  new DataView(header.buffer).setUint32(0, body.length + 8);
  return joinBytes(header, body);
}
