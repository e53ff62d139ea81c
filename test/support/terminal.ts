import { Writable } from 'node:stream';
import xterm from '@xterm/headless';

/** A terminal in memory: what is written to `stream` appears on its screen, as a person would see it. */
export function createTerminal(columns: number, rows: number) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let written = '';
  const writable = new Writable({
    write(chunk, _encoding, callback) {
      written += String(chunk);
      terminal.write(String(chunk).replaceAll('\n', '\r\n'));
      callback();
    },
  });
  const size = { columns, rows };
  const stream = Object.assign(writable, { isTTY: true });
  Object.defineProperties(stream, {
    columns: { get: () => size.columns },
    rows: { get: () => size.rows },
  });
  const lineAt = (row: number) =>
    terminal.buffer.active.getLine(row)?.translateToString(true) ?? '';
  return {
    // The readers only write, listen for `resize` and ask for the size.
    stream: stream as unknown as NodeJS.WriteStream,
    /** Everything written so far, escape sequences included. */
    written: () => written,
    /** The visible lines, without blank ones at the end. */
    async screen(): Promise<string[]> {
      await new Promise<void>((resolve) => terminal.write('', resolve));
      const { baseY } = terminal.buffer.active;
      const lines = Array.from({ length: size.rows }, (_, row) => lineAt(baseY + row));
      while (lines.at(-1) === '') lines.pop();
      return lines;
    },
    /** How many lines have scrolled out at the top. */
    scrolled: () => terminal.buffer.active.baseY,
    resize(nextColumns: number, nextRows: number) {
      Object.assign(size, { columns: nextColumns, rows: nextRows });
      terminal.resize(nextColumns, nextRows);
      stream.emit('resize');
    },
  };
}
