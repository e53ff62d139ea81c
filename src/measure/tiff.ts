import { type ByteReader, skip, take } from './byte-feed.ts';
import { hasAt } from './bytes.ts';
import { UNKNOWN_PICTURE } from './camera-raw.ts';
import { checkedSize } from './checked-size.ts';
import {
  type Directory,
  type Layout,
  layoutOf,
  type Offsets,
  readDirectory,
} from './tiff-directory.ts';
import { corrupt, type SizeReader, type SizeVerdict } from './verdict.ts';

/** Values of NewSubfileType (TIFF 6.0, 8). */
const PICTURE = 0;
const PAGE = 2;
/** Bounds how many directories are looked at for the picture; camera raw has some five. */
const MAX_STOPS = 64;

/** What is still to be read: a directory, or a list of offsets of such. */
type Stop = { at: number; offsets: Offsets | null };
/** Where the reader stands, and what it has heard of. */
type Walk = { layout: Layout; at: number; stops: Stop[] };

export function isTiff(head: Uint8Array): boolean {
  const isLittle = hasAt(head, 0, 'II*\0') || hasAt(head, 0, 'II+\0');
  return isLittle || hasAt(head, 0, 'MM\0*') || hasAt(head, 0, 'MM\0+');
}

/**
 * TIFF (TIFF 6.0, 2) and BigTIFF: the size in the first directory, wherever in
 * the file it is, unless that is a preview, as in camera raw (TIFF/EP, DNG): then
 * that of the picture.
 */
export function* readTiff(): SizeReader {
  const start = yield take(8);
  if (start.length < 8) return 'cut-off';
  const layout = layoutOf(start);
  let headerLength = 8;
  let at = layout.u32(start, 4);
  if (layout.isBig) {
    const rest = yield take(8);
    if (rest.length < 8) return 'cut-off';
    if (layout.u16(start, 4) !== 8) return corrupt('the BigTIFF header is broken');
    headerLength = 16;
    at = layout.u64(rest, 0);
  }
  if (at < headerLength) return corrupt('the TIFF has no directory');
  yield skip(at - headerLength);
  const first = yield* readDirectory(layout, at);
  if (first === 'cut-off') return first;
  return mayBePreview(first) ? yield* findPicture(first, layout) : sizeOf(first);
}

/**
 * Whether the first directory says that it is a smaller version of another
 * (NewSubfileType), or says nothing of it where a camera has put others into it.
 */
function mayBePreview(first: Directory): boolean {
  if (first.kind !== undefined) return isReduced(first);
  return first.isFromDevice && hasChildren(first) && !first.isSensor;
}

/**
 * The picture among the sub-directories, and the next ones where the first
 * directory is a preview by its own word; forwards only, as the body comes.
 */
function* findPicture(first: Directory, layout: Layout): SizeReader {
  const isCameraRaw = first.isFromDevice || hasChildren(first);
  const withNext = isReduced(first);
  const walk: Walk = { layout, at: first.end, stops: [] };
  let previews = 0;
  if (!(yield* addFollowing(walk, first, withNext))) return 'cut-off';
  for (let count = 0; count < MAX_STOPS; count += 1) {
    const stop = nearestStop(walk);
    if (stop === undefined) break;
    yield skip(stop.at - walk.at);
    walk.at = stop.at;
    if (stop.offsets) {
      if (!(yield* addListed(walk, stop.offsets))) return 'cut-off';
      continue;
    }
    const directory = yield* readDirectory(layout, stop.at);
    if (directory === 'cut-off') return directory;
    if (isPicture(directory, isCameraRaw)) return sizeOf(directory);
    if (isReduced(directory)) previews += 1;
    walk.at = directory.end;
    if (!(yield* addFollowing(walk, directory, withNext))) return 'cut-off';
  }
  // Where all under it are previews, and it does not call itself one, the first is the picture.
  const isFirst = isReduced(first) ? !isCameraRaw : previews >= countOf(first.children);
  return isFirst ? sizeOf(first) : UNKNOWN_PICTURE;
}

/** No smaller version, mask, depth map or the like; without a word of it, in camera raw, what a sensor saw. */
function isPicture(directory: Directory, isCameraRaw: boolean): boolean {
  const { kind, width, height, isSensor } = directory;
  if (width === undefined || height === undefined) return false;
  if (kind === undefined) return isSensor || !isCameraRaw;
  return kind === PICTURE || kind === PAGE;
}

/** Adds the sub-directories of a directory, and maybe the next one, whose offset is read; false at the end of the body. */
function* addFollowing(
  walk: Walk,
  { children }: Directory,
  withNext: boolean,
): ByteReader<boolean> {
  const { layout, stops } = walk;
  if (Array.isArray(children)) for (const at of children) stops.push({ at, offsets: null });
  else stops.push({ at: children.at, offsets: children });
  if (!withNext) return true;
  return yield* addListed(walk, { at: walk.at, count: 1, width: layout.isBig ? 8 : 4 });
}

/** Adds the directories at the offsets in a list that is read; 0 stands for none. */
function* addListed(walk: Walk, { count, width }: Offsets): ByteReader<boolean> {
  const { layout, stops } = walk;
  const length = Math.min(count, MAX_STOPS) * width;
  const list = yield take(length);
  if (list.length < length) return false;
  walk.at += length;
  for (let index = 0; index < length; index += width) {
    const at = width === 8 ? layout.u64(list, index) : layout.u32(list, index);
    if (at !== 0) stops.push({ at, offsets: null });
  }
  return true;
}

/** The next stop in the order of the file; what lies behind the reader can't be read any more. */
function nearestStop(walk: Walk): Stop | undefined {
  walk.stops = walk.stops.filter(({ at }) => at >= walk.at).sort((a, b) => a.at - b.at);
  return walk.stops.shift();
}

function isReduced({ kind = 0 }: Directory): boolean {
  return (kind & 1) === 1;
}

function hasChildren({ children }: Directory): boolean {
  return countOf(children) > 0;
}

function countOf(children: Directory['children']): number {
  return Array.isArray(children) ? children.length : children.count;
}

function sizeOf({ width, height }: Directory): SizeVerdict {
  return checkedSize(width, height, 'tiff');
}
