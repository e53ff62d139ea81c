import { readFileSync } from 'node:fs';
import { ImgjobError, whyUnread } from '../errors.ts';
import { MAX_HEADER_NAME, MAX_HEADER_VALUE, MAX_HEADERS } from '../options/bounds.ts';
import type { Header } from '../options/header.ts';
import { showText } from '../terminal/prose.ts';
import { parseHeader } from './parse-option.ts';

/** No longer than as many headers as may be given. */
const MAX_LENGTH = MAX_HEADERS * (MAX_HEADER_NAME + MAX_HEADER_VALUE);

/**
 * `Name: value`, or `@FILE` for a file of such lines: what is in a file is in
 * no list of processes. Empty lines are passed over. Nothing of a line is
 * repeated in an error: it may be secret.
 */
export function readHeaders(text: string): Header[] {
  if (!text.startsWith('@')) return [parseHeader(text)];
  const path = text.slice(1);
  return linesOf(path).flatMap((line, index) =>
    line.trim() === '' ? [] : [parseHeader(line, `${showText(path)}:${index + 1}`)],
  );
}

function linesOf(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const message = `--header: can't read ${showText(path)}: ${whyUnread(cause)}`;
    throw new ImgjobError('usage', message, { cause });
  }
  if (text.length > MAX_LENGTH) {
    throw new ImgjobError('usage', `--header: ${showText(path)} is too long for headers`);
  }
  return text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
}
