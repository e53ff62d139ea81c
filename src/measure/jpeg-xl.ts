import { skip, take } from './byte-feed.ts';
import { joinBytes } from './bytes.ts';
import { askImageSize } from './image-size.ts';
import { createBoxBudget, findBox, isBox, makeBox } from './iso-boxes.ts';
import type { SizeReader } from './verdict.ts';

/** More than the longest header of a size: 16 bits of signature and 68 of sides (ISO/IEC 18181-1, D.2). */
const START_LENGTH = 16;
const SIGNATURE = makeBox('JXL ', '\r\n\x87\n');
const FTYP = makeBox('ftyp', 'jxl \0\0\0\0jxl ');

/** A bare JPEG XL codestream; a small picture's may be shorter than what is looked at. */
export function* readJxlCodestream(): SizeReader {
  return askImageSize(yield take(START_LENGTH), 'jxl', 'jxl-stream');
}

/** JPEG XL in boxes (ISO/IEC 18181-2, 9): its codestream in one box (`jxlc`) or in parts (`jxlp`). */
export function* readJxlContainer(): SizeReader {
  const budget = createBoxBudget();
  let codestream: Uint8Array = new Uint8Array(0);
  let at = 0;
  while (codestream.length < START_LENGTH) {
    const box = yield* findBox(['jxlc', 'jxlp'], at, Infinity, budget);
    if (!isBox(box)) {
      if (codestream.length === 0) return box ?? 'cut-off';
      break; // all there is, of a very small picture
    }
    // A part begins with its number, in four bytes.
    const numbered = box.type === 'jxlp' ? 4 : 0;
    yield skip(numbered);
    const length = box.end - box.start - numbered;
    const missing = START_LENGTH - codestream.length;
    const part = yield take(Math.max(0, Math.min(length, missing)));
    codestream = joinBytes(codestream, part);
    yield skip(Math.max(0, length - part.length));
    at = box.end;
  }
  return askImageSize(joinBytes(SIGNATURE, FTYP, makeBox('jxlc', codestream)), 'jxl');
}
