import type { ReadableFile } from './readable-file.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * A file in which lines may end in `\r` alone, read as if these were `\n`, byte
 * for byte: all that is known of lines holds for it, and so do its offsets.
 */
export function withNewlines(file: Pick<ReadableFile, 'read'>): Pick<ReadableFile, 'read'> {
  const next = Buffer.alloc(1);
  return {
    async read(buffer, offset, length, position) {
      const { bytesRead } = await file.read(buffer, offset, length, position);
      const filled = buffer.subarray(offset, offset + bytesRead);
      for (let at = filled.indexOf(RETURN); at !== -1; at = filled.indexOf(RETURN, at + 1)) {
        if (at + 1 < bytesRead) next[0] = filled[at + 1] ?? 0;
        else if ((await file.read(next, 0, 1, position + bytesRead)).bytesRead === 0) next[0] = 0;
        if (next[0] !== NEWLINE) filled[at] = NEWLINE;
      }
      return { bytesRead };
    },
  };
}
