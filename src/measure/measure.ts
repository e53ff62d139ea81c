import {
  type BodyHint,
  createFault,
  type Fault,
  isFault,
  type Measurer,
  type Size,
} from '../job/effects.ts';
import { createByteFeed, peek } from './byte-feed.ts';
import { FORMATS, HEAD_LENGTH, type ImageFormat, TGA } from './formats.ts';
import { notAnImage } from './not-an-image.ts';
import { claimsTga } from './tga.ts';
import { corrupt, type SizeReader, type SizeVerdict } from './verdict.ts';

type Found = { format: ImageFormat | undefined };

/**
 * Finds the format by its signature and reads on as that. A function of the
 * module: V8 makes a hidden class for each generator function that is called,
 * and one made anew for each image would stay, with all that hangs on it,
 * until the next full collection (measured: half of the collector's time).
 */
function* readBody(hint: BodyHint, found: Found): SizeReader {
  const head = yield peek(HEAD_LENGTH);
  found.format = FORMATS.find(({ matches }) => matches(head));
  if (!found.format && claimsTga(hint)) found.format = TGA;
  return found.format ? yield* found.format.read() : notAnImage(head, hint);
}

/**
 * Reads the size of one image from its body as it streams by. The answer does not
 * depend on how the body was cut: readers are fed what they ask for, never a
 * chunk. Keeps at most 64 KiB at a time; after the answer chunks cost nothing.
 * `push` and `end` never throw, whatever the bytes are.
 */
export function createMeasurer(hint: BodyHint): Measurer {
  let received = 0;
  let verdict: SizeVerdict | undefined;
  const found: Found = { format: undefined };
  const feed = createByteFeed(readBody(hint, found));
  const title = () => found.format?.name.toUpperCase() ?? 'image';

  /** The only catch: what a reader did not foresee makes this one image corrupt. */
  function attempt(turn: () => SizeVerdict | undefined): SizeVerdict | undefined {
    try {
      return turn();
    } catch {
      return corrupt(`the ${title()} header is broken`);
    }
  }

  return {
    push(chunk: Uint8Array): boolean {
      if (verdict === undefined) {
        received += chunk.length;
        verdict = attempt(() => feed.push(chunk));
      }
      return typeof verdict === 'object' && isFault(verdict);
    },
    end(): Size | Fault {
      if (verdict === undefined && received === 0)
        return createFault('empty-body', 'the body is empty');
      verdict ??= attempt(feed.end) ?? 'cut-off';
      if (verdict !== 'cut-off') return verdict;
      return corrupt(`the ${title()} header is cut off after ${received} bytes`);
    },
  };
}
