import { marked } from 'marked';

/** What a reader of Markdown sees: as GitHub Flavored Markdown is rendered, looked at from outside. */
export function rendered(markdown: string) {
  const html = marked.parse(markdown, { async: false, gfm: true });
  const rowsOf = (table: string) =>
    [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
      [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => textOf(cell)),
    );
  return {
    html,
    /** The names of all elements there are. */
    elements: new Set([...html.matchAll(/<([a-z][^\s/>]*)/gi)].map(([, name = '']) => name)),
    /** All attributes there are, with their values. */
    attributes: new Set([...html.matchAll(/<[a-z][^\s/>]*\s([^>]*)>/gi)].map(([, list]) => list)),
    /** The text of each cell of each table. */
    tables: [...html.matchAll(/<table>(.*?)<\/table>/gs)].map(([, table = '']) => rowsOf(table)),
    /** What stands outside of tables and of code. */
    prose: textOf(
      html.replace(/<table>.*?<\/table>/gs, '').replace(/<code>.*?<\/code>/gs, '[code]'),
    ),
    text: textOf(html),
  };
}

/** The text of HTML, `<br>` as a line's end. */
function textOf(html: string): string {
  const names: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
  return html
    .replaceAll('<br>', '\n')
    .replace(/<[a-z/][^>]*>/gi, '')
    .replace(/&(?:#(\d+)|([a-z]+));/g, (whole, number?: string, name = '') =>
      number === undefined ? (names[name] ?? whole) : String.fromCodePoint(Number(number)),
    )
    .trim();
}
