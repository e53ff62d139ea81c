import { textWidth } from '../terminal/columns.ts';
import { bold, type Style } from '../terminal/style.ts';
import { type Block, blocksOf } from './blocks.ts';
import { tableLines } from './table-lines.ts';
import { wrap } from './wrap.ts';

type Layout = {
  columns: number;
  style: Style;
  /** How the program was called: commands in a page begin so. */
  program: string;
};

/** Code that is typed into a shell; others, such as a workflow, know the program by its name. */
const TYPED = ['sh', 'console'];
const CALL = /(?<![\w./-]|npx )imgjob(?= )/g;

const CODE_INDENT = '    ';
const LINK = /\[([^\]]+)\]\(([^)]*)\)/g;
const PAGE = /^([\w-]+)\.md(?:#.*)?$/;

/**
 * A page as it is read on a terminal, or as plain text: lines of at most so
 * many columns, but for code, which is copied. Code within lines and what is
 * stressed is bold; where there is no color, code keeps its marks.
 */
export function plainText(markdown: string, layout: Layout): string {
  let text = '';
  let before: Block | null = null;
  for (const block of blocksOf(markdown)) {
    const isNextItem = block.kind === 'item' && before?.kind === 'item';
    if (before && !isNextItem) text += '\n';
    text += linesOf(block, layout)
      .map((line) => `${line.trimEnd()}\n`)
      .join('');
    before = block;
  }
  return text;
}

function linesOf(block: Block, layout: Layout): string[] {
  const { columns, style } = layout;
  if (block.kind === 'heading') {
    const titles = wrap(inLine(block.text, layout), columns);
    const width = Math.max(...titles.map(textWidth));
    const line = (block.level === 1 ? '=' : '-').repeat(width);
    return [...titles.map((title) => bold(title, style)), line];
  }
  if (block.kind === 'table') {
    const rows = block.rows.map((cells) => cells.map((cell) => inLine(cell, layout)));
    // The first column holds names: they need no marks.
    return tableLines(
      rows.map(([name = '', ...others]) => [name.replaceAll('`', ''), ...others]),
      columns,
    );
  }
  const indent = ' '.repeat(block.indent);
  if ('lines' in block) {
    const isTyped = block.kind === 'code' && TYPED.includes(block.language);
    return block.lines.map(
      (line) => indent + CODE_INDENT + (isTyped ? called(line, layout) : line),
    );
  }
  const mark = block.kind === 'item' ? '- ' : '';
  const lines = wrap(inLine(block.text, layout), columns - indent.length - mark.length);
  return lines.map((line, index) => indent + (index === 0 ? mark : ' '.repeat(mark.length)) + line);
}

/** Text without the marks of Markdown. What stands in code is nobody's mark. */
function inLine(text: string, layout: Layout): string {
  const { style, program } = layout;
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => {
      if (index % 2 === 1) return code(called(part, layout), style);
      return part.replaceAll('**', '');
    })
    .join('')
    .replace(LINK, (_, name: string, target: string) => {
      const [, topic] = PAGE.exec(target) ?? [];
      const page = `${program} help ${topic}`;
      // Written in brackets, at the end of what it is about: `([more](work.md))`.
      if (topic !== undefined) return name === 'more' ? page : `${name} (${page})`;
      return target.startsWith('http') ? `${name} (${target})` : name;
    });
}

function code(marked: string, style: Style): string {
  return style.color ? bold(marked.slice(1, -1), style) : marked;
}

function called(text: string, { program }: Layout): string {
  return text.replace(CALL, () => program);
}
