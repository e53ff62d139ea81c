import type { Fault, Size } from '../job/effects.ts';
import { asciiOf, type ByteSource, type HeaderReader } from './byte-source.ts';
import { askImageSize, corrupt, cutOff } from './dimensions.ts';

const WINDOWS = [256, 4096, 65_536];

/** P1 to P7, PF and Pf, followed by a blank or a comment: `P2P is …` is a text. */
export function isPnm(start: Uint8Array): boolean {
  return /^P[1-7Ff][\s#]/.test(asciiOf(start, 0, 3));
}

/**
 * Netpbm's PBM, PGM, PPM and PAM, and PFM. image-size reads their header as
 * far as 64 bytes; a comment may be longer, so it gets one without comments.
 */
export function* readPnm(source: ByteSource): HeaderReader<Size | Fault> {
  for (const window of WINDOWS) {
    const bytes = yield* source.peek(window);
    const header = parseHeader(asciiOf(bytes));
    if (header) return askImageSize(new TextEncoder().encode(header), 'pnm', 'PNM');
    if (bytes.length < window) return cutOff('PNM');
  }
  return corrupt('the PNM header is damaged');
}

/** The header without comments, or null when it is not complete: numbers end with a blank. */
function parseHeader(text: string): string | null {
  const plain = text.replace(/#[^\r\n]*[\r\n]/g, '\n');
  if (plain.startsWith('P7')) {
    const width = /\nWIDTH (\d+)\s/.exec(plain)?.[1];
    const height = /\nHEIGHT (\d+)\s/.exec(plain)?.[1];
    return width && height ? `P7\nWIDTH ${width}\nHEIGHT ${height}\nENDHDR\n` : null;
  }
  const [, magic, width, height] = /^(P[1-6Ff])\s+(\d+)\s+(\d+)\s/.exec(plain) ?? [];
  if (!magic) return null;
  return `${magic.toUpperCase()}\n${width} ${height}\n`;
}
