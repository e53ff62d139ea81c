import type { Fault, Size } from '../job/effects.ts';
import { asciiOf, type ByteSource, type HeaderReader } from './byte-source.ts';
import { askImageSize, measureFault } from './dimensions.ts';

const WINDOWS = [1024, 4096, 16_384, 65_536];
const MAX_VALUE_LENGTH = 200;

/** Markup begins with `<`, after a byte-order mark and blanks. */
export function isMarkup(start: Uint8Array): boolean {
  return /^(\xef\xbb\xbf)?\s*</.test(asciiOf(start));
}

/**
 * SVG: finds the root element behind XML declaration, comments and document
 * type (XML 1.0, 2.8). Only when that is `svg` is it an image: a web page with
 * a drawing in it is not. image-size gets a root element of the three
 * attributes that count, since it refuses one beyond 1,000 bytes.
 */
export function* readSvg(source: ByteSource): HeaderReader<Size | Fault> {
  for (const window of WINDOWS) {
    const bytes = yield* source.peek(window);
    const root = findRoot(asciiOf(bytes));
    if (root !== null) return measureRoot(root);
    if (bytes.length < window) {
      return measureFault('corrupt-image', 'the markup ends before its first element does');
    }
  }
  return measureFault('no-dimensions', 'no root element in the first 64 KiB of the markup');
}

type Root = { name: string; attributes: string };

function measureRoot({ name, attributes }: Root): Size | Fault {
  if (/^html$/i.test(name)) {
    return measureFault('unsupported-format', 'got an HTML page, not an image');
  }
  if (!/^([\w.-]+:)?svg$/.test(name)) {
    return measureFault('unsupported-format', 'got an XML document, not an image');
  }
  const kept = { width: '', height: '', viewBox: '' };
  for (const [, key = '', quoted = ''] of attributes.matchAll(
    /\s([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g,
  )) {
    const value = quoted.slice(1, -1).trim();
    if (isKey(key, kept) && value.length <= MAX_VALUE_LENGTH) kept[key] = value;
  }
  // SVG 2, 8.6: the numbers of a viewBox stand between blanks, a comma or both.
  const viewBox = kept.viewBox.split(/[\s,]+/).join(' ');
  const tag = `<svg${attribute('width', kept.width)}${attribute('height', kept.height)}${attribute('viewBox', viewBox)} >`;
  const size = askImageSize(new TextEncoder().encode(tag), 'svg', 'SVG');
  if (!('code' in size)) return size;
  return measureFault('no-dimensions', 'the SVG has no usable width, height or viewBox');
}

function isKey<T extends object>(key: string, object: T): key is string & keyof T {
  return Object.hasOwn(object, key);
}

function attribute(name: string, value: string): string {
  return value === '' || /[<>"']/.test(value) ? '' : ` ${name}="${value}"`;
}

/** The first element's name and attributes; null when more of the text is needed. */
function findRoot(text: string): Root | null {
  let position = /^(\xef\xbb\xbf)?\s*/.exec(text)?.[0].length ?? 0;
  for (;;) {
    if (/^<!doctype\s+html/i.test(text.slice(position, position + 40))) {
      return { name: 'html', attributes: '' };
    }
    const end = endOfMarkup(text, position);
    if (end === -1) return null;
    if (text[position] !== '<') return { name: '', attributes: '' };
    if (!/[?!]/.test(text[position + 1] ?? '')) return parseTag(text.slice(position + 1, end - 1));
    position = end;
    while (/\s/.test(text[position] ?? '')) position += 1;
    if (position >= text.length) return null;
  }
}

function parseTag(tag: string): Root {
  const name = /^[^\s/>]*/.exec(tag)?.[0] ?? '';
  return { name, attributes: tag.slice(name.length) };
}

/** Where the piece of markup that starts at a position ends; -1 when it does not. */
function endOfMarkup(text: string, position: number): number {
  const [opening, closing] = text.startsWith('<!--', position)
    ? ['<!--', '-->']
    : text.startsWith('<?', position)
      ? ['<?', '?>']
      : ['', ''];
  if (closing !== '') {
    const end = text.indexOf(closing, position + opening.length);
    return end === -1 ? -1 : end + closing.length;
  }
  let quote = '';
  let depth = 0;
  for (let index = position; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    // A document type may have a subset of its own in brackets.
    else if (character === '[') depth += 1;
    else if (character === ']') depth -= 1;
    else if (character === '>' && depth <= 0) return index + 1;
  }
  return -1;
}
