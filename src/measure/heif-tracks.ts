import type { Fault } from '../job/effects.ts';
import { type ByteReader, take } from './byte-feed.ts';
import { fourCharacters, u8, u16be } from './bytes.ts';
import { type Box, type BoxBudget, findBox, isBox, leaveBox, nextBox } from './iso-boxes.ts';
import { corrupt } from './verdict.ts';

/** Where the sides stand in the contents of a `tkhd`, by version (ISO/IEC 14496-12, 8.3.2). */
const SIDES_AT = [76, 88];

type Sides = { width: number; height: number };
type Trouble = Fault | 'cut-off';
type Track = {
  sides: Sides | null;
  /** What it holds: `pict` or `vide` are pictures. */
  handler: string;
  /** Whether it only goes with another: its alpha, depth or thumbnails. */
  isAuxiliary: boolean;
};

/**
 * The sides of an image sequence (ISO/IEC 23008-12, 7): what the header of its
 * first track of pictures says, unchecked. Null where there is none.
 */
export function* readTracks(moov: Box, budget: BoxBudget): ByteReader<Sides | Trouble | null> {
  let found: Sides | null = null;
  let at = moov.start;
  for (;;) {
    const box = yield* findBox(['trak'], at, moov.end, budget);
    if (box === null) return found;
    if (!isBox(box)) return box;
    const track: Track = { sides: null, handler: '', isAuxiliary: false };
    const trouble = yield* readTrack(box, track, budget);
    if (trouble !== null) return trouble;
    const isPictures = track.handler === 'pict' || track.handler === 'vide';
    if (isPictures && !track.isAuxiliary) found ??= track.sides;
    at = box.end;
  }
}

function* readTrack(trak: Box, track: Track, budget: BoxBudget): ByteReader<Trouble | null> {
  let at = trak.start;
  for (;;) {
    const box = yield* findBox(['tkhd', 'tref', 'mdia'], at, trak.end, budget);
    if (box === null) return null;
    if (!isBox(box)) return box;
    const trouble = yield* readPart(box, track, budget);
    if (trouble !== null) return trouble;
    at = box.end;
  }
}

function* readPart(box: Box, track: Track, budget: BoxBudget): ByteReader<Trouble | null> {
  if (box.type === 'tkhd') return yield* readTrackHeader(box, track);
  if (box.type === 'tref') return yield* readReferences(box, track, budget);
  return yield* readHandler(box, track, budget);
}

/** `tkhd`: the sides are numbers with 16 bits before and 16 behind the point. */
function* readTrackHeader(tkhd: Box, track: Track): ByteReader<Trouble | null> {
  const version = yield take(1);
  const at = SIDES_AT[u8(version, 0)];
  if (at === undefined || tkhd.end - tkhd.start < at + 8)
    return corrupt('a track header is broken');
  const header = yield take(at + 7);
  if (header.length < at + 7) return 'cut-off';
  track.sides ??= { width: u16be(header, at - 1), height: u16be(header, at + 3) };
  return (yield* leaveBox(tkhd, at + 8)) ? null : 'cut-off';
}

/** `tref`: a box for each kind of track that it refers to. */
function* readReferences(tref: Box, track: Track, budget: BoxBudget): ByteReader<Trouble | null> {
  let at = tref.start;
  for (;;) {
    const box = yield* nextBox(at, tref.end, budget);
    if (box === null) return null;
    if (!isBox(box)) return box;
    if (box.type === 'auxl' || box.type === 'thmb') track.isAuxiliary = true;
    if (!(yield* leaveBox(box))) return 'cut-off';
    at = box.end;
  }
}

/** `hdlr` in the `mdia` of a track (ISO/IEC 14496-12, 8.4.3). */
function* readHandler(mdia: Box, track: Track, budget: BoxBudget): ByteReader<Trouble | null> {
  const hdlr = yield* findBox(['hdlr'], mdia.start, mdia.end, budget);
  if (!isBox(hdlr)) return hdlr;
  const start = yield take(12);
  if (start.length < 12) return 'cut-off';
  if (hdlr.end - hdlr.start < 12) return corrupt('the handler of a track is broken');
  track.handler = fourCharacters(start, 8);
  const rest: Box = { type: 'mdia', start: hdlr.start, end: mdia.end };
  return (yield* leaveBox(rest, 12)) ? null : 'cut-off';
}
