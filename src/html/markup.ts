import { showText } from '../terminal/prose.ts';

/** HTML that is known to be safe. */
export type Markup = { readonly markup: string };

type Value = Markup | readonly Markup[] | string | number;

/**
 * HTML from a template: each value is text, made safe to show and escaped,
 * unless it is markup itself. Values may stand in elements and in attributes
 * with double quotes.
 */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  const markup = parts.map((part, index) => part + markupOf(values[index] ?? '')).join('');
  return { markup };
}

function markupOf(value: Value): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(({ markup }) => markup).join('');
}

function escapeText(text: string): string {
  return showText(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A value as JSON for a `script` element, in which nothing ends it (HTML, 4.12.1.3). */
export function jsonElement(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replaceAll('<', '\\u003c');
  return { markup: `<script type="application/json" id="${id}">${json}</script>\n` };
}
