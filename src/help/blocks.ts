/** A piece of a page. `indent` is that of a list item which it belongs to. */
export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'paragraph' | 'item'; indent: number; text: string }
  | { kind: 'code'; language: string; indent: number; lines: string[] }
  | { kind: 'quote'; indent: number; lines: string[] }
  | { kind: 'table'; rows: string[][] };

const HEADING = /^(#+) (.*)/;
const ITEM = /^( *)- (.*)/;
const FENCE = /^( *)```(\w*)/;
/** The line under a table's header. */
const RULE = /^\|(?: *:?-+:? *\|)+$/;

/** The blocks of a page: as much of Markdown as our own pages use. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  /** The block that the next line may go on with. */
  let open: Block | null = null;
  let isCode = false;
  for (const line of markdown.split('\n')) {
    const last: Block | null = open;
    if (isCode && last?.kind === 'code') {
      isCode = !FENCE.test(line);
      if (isCode) last.lines.push(line.slice(last.indent));
      continue;
    }
    open = line === '' ? null : continued(last, line);
    if (open !== null && open !== last) blocks.push(open);
    isCode = open?.kind === 'code';
  }
  return blocks;
}

/** The block that a line belongs to: the one before, or a new one. */
function continued(last: Block | null, line: string): Block {
  const [, indent = '', itemText] = ITEM.exec(line) ?? [];
  const [, marks, title = ''] = HEADING.exec(line) ?? [];
  const [, fence, language = ''] = FENCE.exec(line) ?? [];
  if (fence !== undefined) return { kind: 'code', language, indent: fence.length, lines: [] };
  if (marks !== undefined) return { kind: 'heading', level: marks.length, text: title };
  if (line.startsWith('|')) return tableRow(last, line);
  if (line.startsWith('>')) return quoteLine(last, line.replace(/^> ?/, ''));
  if (itemText !== undefined) return { kind: 'item', indent: indent.length, text: itemText };
  if (last?.kind === 'paragraph' || last?.kind === 'item') {
    last.text += ` ${line.trim()}`;
    return last;
  }
  const text = line.trimStart();
  return { kind: 'paragraph', indent: line.length - text.length, text };
}

function tableRow(last: Block | null, line: string): Block {
  const table: Block = last?.kind === 'table' ? last : { kind: 'table', rows: [] };
  if (!RULE.test(line)) {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    table.rows.push(cells.map((cell) => cell.trim().replaceAll('\\|', '|')));
  }
  return table;
}

function quoteLine(last: Block | null, line: string): Block {
  if (last?.kind !== 'quote') return { kind: 'quote', indent: 0, lines: [line] };
  last.lines.push(line);
  return last;
}
