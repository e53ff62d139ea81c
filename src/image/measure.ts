import type { BodyHint, Fault, Measurer, Size } from '../job/effects.ts';
import { showText } from '../prose.ts';
import { hasBoxes, readBoxes } from './boxes.ts';
import {
  asciiOf,
  type ByteSource,
  createByteSource,
  createFeed,
  type HeaderReader,
} from './byte-source.ts';
import { corrupt, measureFault } from './dimensions.ts';
import { claimsTga, FIXED_FORMATS, isBmp, readBmp, readFixed, readTga } from './fixed-headers.ts';
import { isIcon, readIcns, readIcon } from './icons.ts';
import { readJpeg } from './jpeg.ts';
import { isPnm, readPnm } from './pnm.ts';
import { isMarkup, readSvg } from './svg.ts';
import { isTiff, readTiff } from './tiff.ts';

// Enough to tell every format that has a signature.
const START = 32;

/**
 * Measures one image from its body as it comes. Keeps only what its format's
 * reader needs of the header, at most some 100 KB; whatever the bytes are, it
 * neither throws nor hangs.
 */
export function createMeasurer(hint: BodyHint): Measurer {
  let damaged: Fault | null = null;
  const guard = <T>(step: () => T): T | undefined => {
    try {
      return damaged ? undefined : step();
    } catch {
      damaged = corrupt('the image header is damaged');
      return undefined;
    }
  };
  const feed = createFeed(readImage(createByteSource(), hint));
  return {
    push: (chunk) => guard(() => feed.push(chunk)),
    end: () => guard(feed.end) ?? damaged ?? corrupt('the image header is damaged'),
  };
}

function* readImage(source: ByteSource, hint: BodyHint): HeaderReader<Size | Fault> {
  const start = yield* source.peek(START);
  if (start.length === 0) return measureFault('empty-body', 'the body is empty');
  if (start[0] === 0xff && start[1] === 0xd8) return yield* readJpeg(source);
  const fixed = FIXED_FORMATS.find(({ matches }) => matches(start));
  if (fixed) return yield* readFixed(source, fixed);
  if (hasBoxes(start)) return yield* readBoxes(source);
  if (isTiff(start)) return yield* readTiff(source);
  if (isMarkup(start)) return yield* readSvg(source);
  if (isBmp(start)) return yield* readBmp(source);
  if (claimsTga(hint)) return yield* readTga(source);
  if (isIcon(start)) return yield* readIcon(source);
  if (asciiOf(start, 0, 4) === 'icns') return yield* readIcns(source);
  if (isPnm(start)) return yield* readPnm(source);
  return measureFault('unsupported-format', describe(start, hint));
}

/** What came in place of an image, as far as its first bytes tell. */
function describe(start: Uint8Array, { content_type }: BodyHint): string {
  const text = asciiOf(start).trimStart();
  if (/^[[{]/.test(text)) return 'got JSON, not an image';
  if (text.startsWith('%PDF')) return 'got a PDF, not an image';
  const claimed = content_type === null ? '' : ` (sent as ${showText(content_type).slice(0, 60)})`;
  return `the format is not known here${claimed}`;
}
