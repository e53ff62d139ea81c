import { html, type Markup } from './markup.ts';

/** A part of a bar; its name is also its class, which has its colour. */
export type Part = { name: string; value: number };

/** Parts of a whole beside one another, as long as their share of `whole`, or of all of them. */
export function shareBar(parts: Part[], label: string, whole?: number): Markup {
  const sum = whole ?? parts.reduce((total, { value }) => total + value, 0);
  if (sum === 0) return html`<svg class="bar" aria-hidden="true"></svg>`;
  let x = 0;
  const rectangles = parts.map(({ name, value }) => {
    const width = (100 * value) / sum;
    const rectangle = html`<rect class="${name}" x="${percent(x)}" width="${percent(width)}" height="100%"/>`;
    x += width;
    return rectangle;
  });
  const text = parts.map(({ name, value }) => `${name} ${percent((100 * value) / sum)}`).join(', ');
  return html`<svg class="bar" role="img" aria-label="${label}: ${text}">${rectangles}</svg>`;
}

function percent(value: number): string {
  return `${Math.round(value * 100) / 100}%`;
}
