/**
 * How foreign text is shown to people. Store ids, URLs and server texts are
 * hostile: nothing of them reaches a terminal or a log before it went through here.
 */

// C0, DEL and C1 controls, line separators, and the bidirectional controls of Unicode TR9.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const MAX_URL_LENGTH = 300;

/** Text without control and direction characters; lone surrogates become U+FFFD. */
export function showText(text: string): string {
  return text.replace(UNSAFE, '').toWellFormed();
}

/**
 * A URL as prose shows it: without user name, password and fragment, its query
 * shortened to `?…`, at most 300 characters. Takes any string, valid URL or not.
 */
export function showUrl(url: string): string {
  const [beforeFragment = ''] = url.split('#', 1);
  const query = beforeFragment.indexOf('?');
  const path = query === -1 ? beforeFragment : `${beforeFragment.slice(0, query)}?…`;
  const shown = showText(path.replace(/^([^/\\]*[/\\]{2})[^/\\]*@/, '$1'));
  return shown.length > MAX_URL_LENGTH ? `${shown.slice(0, MAX_URL_LENGTH)}…` : shown;
}

/** Where an image stands, for a sentence: `image 2 of 3 (https://…/b.png)`, counted from 1. */
export function showPlace(image: number, images: number, url: string): string {
  return `image ${image + 1} of ${images} (${showUrl(url)})`;
}

/** One line of JSON that is safe on a terminal too: the same value, unsafe characters escaped. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
