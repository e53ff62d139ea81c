import { createFault, type Fault, type Size } from '../job/effects.ts';
import type { ReasonOf } from '../results/reasons.ts';
import type { ByteReader } from './byte-feed.ts';

/** What a header says; `cut-off` where the body ended before it did. */
export type SizeVerdict = Size | Fault | 'cut-off';

/** Reads one format, from the first byte of the body. */
export type SizeReader = ByteReader<SizeVerdict>;

/** The header is of a known format but broken. */
export function corrupt(message: string): Fault {
  return createFault('corrupt-image', message);
}

/** The header can be read but names no size that an image can have. */
export function noDimensions(message: string): Fault {
  return createFault('no-dimensions', message);
}

export function unsupported(reason: ReasonOf<'unsupported-format'>, message: string): Fault {
  return createFault('unsupported-format', message, reason);
}
