import { isFault } from '../job/effects.ts';
import { MAX_TAKE, takeUntil } from './byte-feed.ts';
import { bytesOf, latin1 } from './bytes.ts';
import { askImageSize } from './image-size.ts';
import { HTML_PAGE, NOT_SVG, TEXT } from './not-an-image.ts';
import { corrupt, noDimensions, type SizeReader, type Verdict } from './verdict.ts';
import { parseAttributes, parseProlog } from './xml.ts';

const FIRST_WINDOW = 1024;
const SVG_ROOT = /^(?:[^:]+:)?svg$/;
const HTML_ROOT = /^(?:html|head|body|title|meta|link|script|style|div|p|h1)$/i;
/** A value that image-size can be asked about: short, without percent signs and quotes. */
const PLAIN_VALUE = /^[\w.+\- ]{1,200}$/;

/**
 * SVG (SVG 2, 8.2 and 8.6): the size that the root element names in width and
 * height, or else in its viewBox. Whatever XML or HTML has another root is no image.
 */
export function* readSvg(): SizeReader {
  const verdict = yield* takeUntil(FIRST_WINDOW, parseDocument);
  return verdict ?? 'cut-off';
}

function parseDocument(window: Uint8Array, isLast: boolean): Verdict | undefined {
  const text = latin1(window);
  const { state, doctype, root, at } = parseProlog(text);
  if (doctype.toLowerCase() === 'html' || HTML_ROOT.test(root)) return HTML_PAGE;
  if (state === 'malformed') return TEXT;
  if (state === 'unfinished') {
    if (!isLast) return undefined;
    return doctype === 'svg' && window.length < MAX_TAKE ? 'cut-off' : NOT_SVG;
  }
  if (!SVG_ROOT.test(root)) return NOT_SVG;
  const attributes = parseAttributes(text, at);
  if (attributes instanceof Map) return sizeOf(attributes);
  if (attributes === 'malformed') return corrupt('the SVG root element is broken');
  return window.length < MAX_TAKE ? undefined : noDimensions('the SVG root element is too long');
}

/** Asks about a root element of these attributes alone: image-size looks no further than 1,000 bytes. */
function sizeOf(attributes: Map<string, string>): Verdict {
  const kept = {
    width: lengthOf(attributes.get('width')),
    height: lengthOf(attributes.get('height')),
    viewBox: viewBoxOf(attributes.get('viewBox')),
  };
  const written = Object.entries(kept)
    .filter(([, value]) => PLAIN_VALUE.test(value))
    .map(([name, value]) => ` ${name}="${value}"`);
  const size = askImageSize(bytesOf(`<svg ${written.join('')}></svg>`), 'svg');
  if (isFault(size)) return noDimensions('the SVG names no usable width and height or viewBox');
  return size;
}

function lengthOf(value = ''): string {
  return value.trim().toLowerCase();
}

/** The four numbers may have commas or any space between them (SVG 2, 8.6); image-size knows one space. */
function viewBoxOf(value = ''): string {
  const numbers = value.trim().split(/[\s,]+/);
  return numbers.length === 4 ? numbers.join(' ').toLowerCase() : '';
}
