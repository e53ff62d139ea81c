import xterm from '@xterm/headless';

const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const FRAME_MS = 250;
/** So long the end stays before the film begins again. */
const END_MS = 8000;
const COLORS = {
  1: '#ff7b72',
  2: '#7ee787',
  3: '#e3b341',
  4: '#79c0ff',
  5: '#d2a8ff',
  6: '#76e3ea',
};

/**
 * What a program wrote to a terminal as an SVG that shows it go on: each line
 * stands once in it, each frame is a list of lines, and the frames lie below
 * one another like a film. Where nothing moves, it is the last frame.
 */
export async function filmOf(pieces, command, { columns, rows }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const write = (text) => new Promise((resolve) => terminal.write(text, resolve));
  const frames = [];
  const show = (ms) => {
    const lines = Array.from({ length: rows }, (_, row) =>
      lineOf(terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)),
    );
    if (lines.join('\n') !== frames.at(-1)?.lines.join('\n')) frames.push({ ms, lines });
  };
  await write(`$ ${command}\r\n`);
  show(0);
  let next = FRAME_MS;
  for (const { ms, text } of pieces) {
    while (ms > next) {
      show(next);
      next += FRAME_MS;
    }
    await write(text);
  }
  const end = pieces.at(-1).ms;
  show(end);
  const used = Math.max(
    ...frames.map(({ lines }) => lines.findLastIndex((line) => line !== '') + 1),
  );
  return svgOf(frames, end + END_MS, { columns, rows: used });
}

/** One line of the screen: runs of cells that look alike. */
function lineOf(line) {
  const runs = [];
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column);
    if (cell.getWidth() === 0) continue;
    const classes = [
      cell.isFgPalette() && COLORS[cell.getFgColor() % 8] ? `c${cell.getFgColor() % 8}` : '',
      cell.isBold() ? 'b' : '',
      cell.isDim() ? 'd' : '',
    ];
    const style = classes.filter((name) => name !== '').join(' ');
    const last = runs.at(-1);
    const text = cell.getChars() || ' ';
    if (last?.style === style) last.text += text;
    else runs.push({ style, column, text });
  }
  return runs
    .filter(({ text }) => text.trim() !== '')
    .map(textOf)
    .join('');
}

function textOf({ style, column, text }) {
  const shown = text.trimEnd();
  const start = shown.length - shown.trimStart().length;
  const x = (column + start) * CELL.width;
  const width = ([...shown].length - start) * CELL.width;
  const name = style === '' ? '' : ` class="${style}"`;
  const escaped = shown.trimStart().replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" textLength="${width.toFixed(1)}"${name}>${escaped}</text>`;
}

function svgOf(frames, duration, { columns, rows }) {
  const [width, height] = [columns * CELL.width + 2 * MARGIN, rows * CELL.height + 2 * MARGIN];
  const unique = [...new Set(frames.flatMap(({ lines }) => lines))].filter((line) => line !== '');
  const numbers = new Map(unique.map((line, index) => [line, index]));
  const lines = unique.map((line, index) => `<g id="l${index}">${line}</g>`).join('\n');
  const film = frames.map(({ lines: shown }, frame) =>
    shown.slice(0, rows).map((line, row) => {
      const y = frame * height + (row + 1) * CELL.height - 4;
      return line === '' ? '' : `<use href="#l${numbers.get(line)}" y="${y}"/>`;
    }),
  );
  const place = (frame) => `transform:translateY(${-frame * height}px)`;
  const steps = frames.map(
    ({ ms }, frame) => `${((ms / duration) * 100).toFixed(2)}%{${place(frame)}}`,
  );
  const colors = Object.entries(COLORS).map(([number, color]) => `.c${number}{fill:${color}}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width.toFixed(0)}" height="${height}" viewBox="0 0 ${width.toFixed(0)} ${height}">
<title>imgjob in a terminal: bars of a job and its stores, then its summary</title>
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#e6edf3;white-space:pre}
.b{font-weight:bold}.d{opacity:.7}${colors.join('')}
.film{${place(frames.length - 1)};animation:film ${(duration / 1000).toFixed(1)}s step-end infinite}
@keyframes film{${steps.join('')}}
@media (prefers-reduced-motion:reduce){.film{animation:none}}
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<defs>
${lines}
</defs>
<svg x="${MARGIN}" y="${MARGIN}" width="${(width - 2 * MARGIN).toFixed(0)}" height="${height - 2 * MARGIN}"><g class="film">
${film.map((uses) => uses.join('')).join('\n')}
</g></svg>
</svg>
`;
}
