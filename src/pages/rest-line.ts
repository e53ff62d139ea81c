import { html, type Markup } from '../html/markup.ts';
import { formatCounted } from '../terminal/numbers.ts';

/** Says how many more there are than a section shows; nothing where it shows all. */
export function restLine(rest: number, noun: string): Markup {
  if (rest === 0) return html``;
  return html`<p class="muted">… and ${formatCounted(rest, `more ${noun}`)}</p>\n`;
}
