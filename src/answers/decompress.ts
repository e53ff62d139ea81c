import { Transform } from 'node:stream';
import { systemCode } from '../errors.ts';
import type { ByteInput } from './byte-input.ts';

/** Fewer turns of the event loop for a body that decodes to much. */
export const DECODED_CHUNK = { chunkSize: 65_536 };

/** What node:zlib makes: it knows how many bytes it has read. */
export type Decompressor = Transform & { readonly bytesWritten: number };

/**
 * Decodes one compressed stream, from the next byte to its own end, and leaves
 * what stands behind it. Throws zlib's error where it is damaged or cut off.
 */
export async function* decompress(
  decompressor: Decompressor,
  input: ByteInput,
): AsyncGenerator<Uint8Array, void> {
  let wake = () => {};
  let failure: unknown = null;
  let given = 0;
  decompressor.on('readable', () => wake());
  decompressor.on('error', (error) => {
    failure = error;
    wake();
  });
  try {
    for (let chunk = await input.next(); chunk; chunk = await input.next()) {
      given += chunk.length;
      let isRead = false;
      decompressor.write(chunk, () => {
        isRead = true;
        wake();
      });
      while (!isRead || decompressor.readableLength > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (isRead || failure !== null || decompressor.readableLength > 0) resolve();
        });
        if (failure !== null) throw failure;
        const decoded: Uint8Array | null = decompressor.read();
        if (decoded) yield decoded;
      }
      const behind = given - decompressor.bytesWritten;
      if (behind > 0) return input.unread(chunk.subarray(chunk.length - behind));
    }
    decompressor.end();
    for await (const decoded of decompressor) yield decoded;
  } finally {
    decompressor.destroy();
  }
}

export function isDecompressor(made: unknown): made is Decompressor {
  return made instanceof Transform && 'bytesWritten' in made;
}

/** Thrown where a stream ends too early before zlib has seen any of it. */
export class CutOffError extends Error {
  readonly code = 'CUT_OFF';
}

/** Whether a stream ended too early, by our word for it or by zlib's. */
export function isCutOff(error: unknown): boolean {
  return ['CUT_OFF', 'Z_BUF_ERROR'].includes(systemCode(error));
}
