import type { ByteReader } from './byte-feed.ts';
import { HTML_PAGE, NOT_SVG, TEXT } from './not-an-image.ts';
import { svgSize } from './svg-size.ts';
import {
  corrupt,
  noDimensions,
  type SizeReader,
  type SizeVerdict,
  unsupported,
} from './verdict.ts';
import { parseAttributes, resolveReferences } from './xml.ts';
import { readProlog } from './xml-prolog.ts';
import { openXmlSource, readMore, type XmlSource } from './xml-source.ts';

/** Most characters of the root element's tag. */
const MAX_TAG = 65_536;
const ENDLESS = unsupported('unknown-format', 'got XML whose root element comes too late');
const SVG_ROOT = /^(?:[^:]+:)?svg$/;
const HTML_ROOT = /^(?:html|head|body|title|meta|link|script|style|div|p|h1)$/i;

/**
 * SVG (SVG 2, 8.2 and 8.6): the size that the root element names in width and
 * height, or else in its viewBox. Whatever XML or HTML has another root is no image.
 */
export function* readSvg(): SizeReader {
  const source = yield* openXmlSource();
  const { state, doctype, entities, root } = yield* readProlog(source);
  if (doctype.toLowerCase() === 'html' || HTML_ROOT.test(root)) return HTML_PAGE;
  if (state === 'malformed') return TEXT;
  if (state === 'endless') return ENDLESS;
  if (state === 'unfinished') return doctype === 'svg' ? 'cut-off' : NOT_SVG;
  if (!SVG_ROOT.test(root)) return NOT_SVG;
  const attributes = yield* readAttributes(source);
  if (!(attributes instanceof Map)) return attributes;
  const resolved = (name: string) => resolveReferences(attributes.get(name) ?? '', entities);
  return svgSize({
    width: resolved('width'),
    height: resolved('height'),
    viewBox: resolved('viewBox'),
  });
}

/** The whole tag must be there, since any attribute may be its last one. */
function* readAttributes(source: XmlSource): ByteReader<Map<string, string> | SizeVerdict> {
  for (;;) {
    const attributes = parseAttributes(source.text, source.at);
    if (attributes === 'malformed') return corrupt('the SVG root element is broken');
    if (attributes instanceof Map) return attributes;
    const left = MAX_TAG - (source.text.length - source.at);
    if (left <= 0) return noDimensions('the SVG root element is too long');
    if (!(yield* readMore(source, left))) return 'cut-off';
  }
}
