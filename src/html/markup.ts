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
export function* jsonElement(id: string, value: object): Generator<string> {
  const json = (part: unknown) => JSON.stringify(part).replaceAll('<', '\\u003c');
  let before = `<script type="application/json" id="${id}">{`;
  for (const [name, field] of Object.entries(value)) {
    yield `${before}${json(name)}:`;
    if (Array.isArray(field)) yield* listJson(field, json);
    else yield json(field);
    before = ',';
  }
  yield '}</script>\n';
}

/** So many values of a list are made in one piece. */
const VALUES = 10_000;

function* listJson(list: unknown[], json: (part: unknown) => string): Generator<string> {
  yield '[';
  for (let first = 0; first < list.length; first += VALUES) {
    yield (first === 0 ? '' : ',') + json(list.slice(first, first + VALUES)).slice(1, -1);
  }
  yield ']';
}
