import {
  type BodyHint,
  createFault,
  type Fault,
  type Measurer,
  type Size,
} from '../job/effects.ts';
import { createByteFeed, peek } from './byte-feed.ts';
import { FORMATS, HEAD_LENGTH, type ImageFormat, TGA } from './formats.ts';
import { notAnImage } from './not-an-image.ts';
import { claimsTga } from './tga.ts';
import { corrupt, type SizeReader, type Verdict } from './verdict.ts';

/**
 * Reads the size of one image from its body as it streams by. The answer does not
 * depend on how the body was cut: readers are fed what they ask for, never a
 * chunk. Keeps at most 64 KiB at a time; after the answer chunks cost nothing.
 * `push` and `end` never throw, whatever the bytes are.
 */
export function createMeasurer(hint: BodyHint): Measurer {
  let received = 0;
  let format: ImageFormat | undefined;
  let verdict: Verdict | undefined;

  function* readBody(): SizeReader {
    const head = yield peek(HEAD_LENGTH);
    format = FORMATS.find(({ matches }) => matches(head));
    if (!format && claimsTga(hint)) format = TGA;
    return format ? yield* format.read() : notAnImage(head, hint.content_type);
  }

  const feed = createByteFeed(readBody());
  const title = () => format?.name.toUpperCase() ?? 'image';

  /** The only catch: what a reader did not foresee makes this one image corrupt. */
  function attempt(turn: () => Verdict | undefined): Verdict | undefined {
    try {
      return turn();
    } catch {
      return corrupt(`the ${title()} header is broken`);
    }
  }

  return {
    push(chunk: Uint8Array): void {
      if (verdict !== undefined) return;
      received += chunk.length;
      verdict = attempt(() => feed.push(chunk));
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
