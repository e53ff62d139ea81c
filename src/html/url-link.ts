import { parseUrl } from '../parse-url.ts';
import { showUrl } from '../terminal/prose.ts';
import { html, type Markup } from './markup.ts';

/** A user and perhaps a password before a host, wherever one begins: some services have a URL in their path. */
const USER = /\/\/[^/]*@/;

/** Whether a URL may be a link: one of the web, of which nothing is left out where it is shown, since that may be secret. */
export function isLink(url: string): boolean {
  if (showUrl(url) !== url || USER.test(url)) return false;
  return /^https?:$/.test(parseUrl(url)?.protocol ?? '');
}

/** A URL as it is shown: a link where it may be one. Whoever is asked is not told from where. */
export function urlLink(url: string): Markup {
  const shown = showUrl(url);
  if (!isLink(url)) return html`${shown}`;
  return html`<a href="${url}" target="_blank" rel="noreferrer">${shown}</a>`;
}
