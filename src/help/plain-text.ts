import { textWidth } from '../terminal/columns.ts';
import { bold, type Style } from '../terminal/style.ts';
import { type Block, blocksOf } from './blocks.ts';
import { tableLines } from './table-lines.ts';
import { wrap } from './wrap.ts';

type Layout = {
  columns: number;
  style: Style;
  /** The command that prints another page. */
  command(topic: string): string;
};

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
  if ('lines' in block) return block.lines.map((line) => `${indent}${CODE_INDENT}${line}`);
  const mark = block.kind === 'item' ? '- ' : '';
  const lines = wrap(inLine(block.text, layout), columns - indent.length - mark.length);
  return lines.map((line, index) => indent + (index === 0 ? mark : ' '.repeat(mark.length)) + line);
}

/** Text without the marks of Markdown. What stands in code is nobody's mark. */
function inLine(text: string, { style, command }: Layout): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => {
      if (index % 2 === 1) return style.color ? bold(part.slice(1, -1), style) : part;
      return part.replaceAll('**', '');
    })
    .join('')
    .replace(LINK, (_, name: string, target: string) => {
      const [, topic] = PAGE.exec(target) ?? [];
      if (topic !== undefined) return `${name} (${command(topic)})`;
      return target.startsWith('http') ? `${name} (${target})` : name;
    });
}
