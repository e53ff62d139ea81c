import { parseUrl } from '../parse-url.ts';

/**
 * How foreign text is shown to people. Store ids, URLs and server texts are
 * hostile: nothing of them reaches a terminal or a log before it went through here.
 */

// C0, DEL and C1 controls, line separators, and the bidirectional controls of Unicode TR9.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// Without what JSON has between its values; of the C0 controls valid JSON has no other.
const UNSAFE_IN_JSON =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// `##[` and `##vso[`: in a CI log a command, wherever it stands in a line.
const LOG_COMMAND = /#(?=#\w*\[)/g;

const MAX_URL_LENGTH = 300;

// A scheme that is not http's needs a slash: in `user:secret@host` there is none.
const CREDENTIALS = /^(\s*(?:https?:|[a-z][a-z\d+.-]*:(?=[/\\]))?[/\\]*)[^/\\?#]*@/i;
const UP_TO_LAST_AT = /^(\s*(?:https?:|[a-z][a-z\d+.-]*:(?=[/\\]))?[/\\]*).*@/i;

/** Text without control and direction characters; lone surrogates become U+FFFD. */
export function showText(text: string): string {
  // First: two halves of a character around a control must not become one.
  return text.toWellFormed().replace(UNSAFE, '');
}

/** The same, at most so many characters and then `…`. */
export function showShort(text: string, most: number): string {
  const shown = showText(text);
  return shown.length > most ? `${shown.slice(0, most).toWellFormed()}…` : shown;
}

/** The start of a foreign text of any length: at most `limit` UTF-16 units of it are looked at. */
export function excerpt(text: string, limit: number): string {
  return showText(text.slice(0, limit)) + (text.length > limit ? '…' : '');
}

/**
 * A line of prose that no CI system takes for a command in its log: GitHub's
 * runner does so where a line begins with `::` or holds `##[` (actions/runner,
 * ActionCommand.cs), Azure's where it holds `##vso[`.
 */
export function logLine(line: string): string {
  return line.replace(/^(\s*:)(?=:)/, '$1 ').replace(LOG_COMMAND, '# ');
}

/**
 * A URL as prose shows it: without user name, password and fragment, its query
 * shortened to `?…`, at most 300 characters. Takes any string, valid URL or not.
 */
export function showUrl(url: string): string {
  const [beforeFragment = ''] = withoutCredentials(url).split('#', 1);
  const query = beforeFragment.indexOf('?');
  const shown = query === -1 ? beforeFragment : `${beforeFragment.slice(0, query)}?…`;
  return shown.length > MAX_URL_LENGTH ? `${shown.slice(0, MAX_URL_LENGTH)}…` : shown;
}

/**
 * As the URL standard reads http URLs: controls do not count, and before the
 * host there may be any slashes or none. Where a URL is none, nobody can say
 * what its author took for a password: all before the last @ goes.
 */
function withoutCredentials(url: string): string {
  const shown = showText(url);
  if (!shown.includes('@')) return shown;
  return shown.replace(parseUrl(url) ? CREDENTIALS : UP_TO_LAST_AT, '$1');
}

/** Where an image stands, for a sentence: `image 2 of 3 (https://…/b.png)`, counted from 1. */
export function showImage(image: number, images: number, url: string): string {
  return `image ${image + 1} of ${images} (${showUrl(url)})`;
}

/** JSON with what is unsafe on a terminal escaped: the same value, or as little JSON as it was. */
export function escapeControls(json: string): string {
  return json.replace(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// A backslash and what it escapes, so that an escaped one is no beginning of `\\ud800`.
const ESCAPE = /\\(?:u(d[89a-f][0-9a-f]{2})|.)/g;

/**
 * One line of JSON that is safe on a terminal and in a CI log too: the same
 * value, unsafe characters escaped. Halves of a character become U+FFFD: no
 * two programs agree on what they are (RFC 8259, 8.2), and jq takes no document
 * that has one.
 */
export function jsonLine(value: unknown): string {
  let line = escapeControls(JSON.stringify(value));
  if (line.includes('\\ud')) {
    line = line.replace(ESCAPE, (whole, half) => (half === undefined ? whole : '\\ufffd'));
  }
  return line.includes('##') ? line.replace(LOG_COMMAND, '\\u0023') : line;
}
