const LF = 0x0a;
/** A line with a chunk's size; what is longer is none. */
const MAX_LINE = 4096;
/** RFC 9112, 7.1, with blanks behind the size and any extension. */
const SIZE_LINE = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?\r?\n$/i;
const DATA_END = /^\r?\n$/;

/**
 * Writes a chunked body as strict HTTP, piece by piece: sizes alone on their
 * lines, CRLF behind sizes and data, no trailers. What is no chunk is left to the
 * parser, with all behind it.
 */
export function createStrictChunks(): (bytes: Buffer) => Buffer[] {
  let state: 'size' | 'data' | 'data-end' | 'ended' | 'broken' = 'size';
  let left = 0;
  let line = '';

  /** Takes of a line what there is; how many bytes it took. */
  function takeLine(bytes: Buffer, written: Buffer[]): number {
    const end = bytes.indexOf(LF);
    const count = end === -1 ? bytes.length : end + 1;
    line += bytes.toString('latin1', 0, count);
    if (end === -1 && line.length <= MAX_LINE) return count;
    const text = state === 'size' ? readSize(line) : readDataEnd(line);
    written.push(Buffer.from(text, 'latin1'));
    line = '';
    return count;
  }

  function readSize(text: string): string {
    const [, size] = SIZE_LINE.exec(text) ?? [];
    if (size === undefined) return leave(text);
    left = Number.parseInt(size, 16);
    state = left === 0 ? 'ended' : 'data';
    return left === 0 ? '0\r\n\r\n' : `${size}\r\n`;
  }

  function readDataEnd(text: string): string {
    if (!DATA_END.test(text)) return leave(text);
    state = 'size';
    return '\r\n';
  }

  function leave(text: string): string {
    state = 'broken';
    return text;
  }

  function takeData(bytes: Buffer, written: Buffer[]): number {
    const data = bytes.subarray(0, left);
    written.push(data);
    left -= data.length;
    if (left === 0) state = 'data-end';
    return data.length;
  }

  return (bytes) => {
    const written: Buffer[] = [];
    let at = 0;
    while (at < bytes.length && state !== 'ended') {
      const rest = bytes.subarray(at);
      if (state === 'broken') return [...written, rest];
      at += state === 'data' ? takeData(rest, written) : takeLine(rest, written);
    }
    return written;
  };
}
