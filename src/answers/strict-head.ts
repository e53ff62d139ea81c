import { BadResponseError } from './bad-response.ts';

/** A response's head as strict HTTP. */
export type StrictHead = {
  /** Its lines, the empty one included; empty for an interim one (1xx), which is of no use. */
  text: string;
  isInterim: boolean;
  isChunked: boolean;
};

type Header = [name: string, value: string];

// As browsers take it: in any case, of any version, with any blanks.
const STATUS_LINE = /^HTTP(?:\/\d+\.\d+)? +([1-9]\d\d)(?: (.*))?$/i;
/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const CHUNKED: Header = ['Transfer-Encoding', 'chunked'];

/**
 * Writes the head of a response as strict HTTP: folded lines in one (RFC 9112,
 * 5.2), no header whose name is none, no control characters, one length where
 * all are equal, none beside chunks (RFC 9112, 6.3). All text is latin1, a
 * character a byte. Throws a BadResponseError for a status that is none, for
 * lengths that differ, and for a switch of protocols, which nobody asks for.
 */
export function toStrictHead(head: string): StrictHead {
  const [first = '', ...rest] = head.split('\n');
  const [, status, reason = ''] = STATUS_LINE.exec(withoutControls(first)) ?? [];
  if (status === undefined || status === '101') throw badStatus();
  if (status.startsWith('1')) return { text: '', isInterim: true, isChunked: false };
  const headers = unfold(rest).flatMap(toHeader);
  // Other transfer codings were not asked for (TE), and browsers pass over them.
  const isChunked = valuesOf(headers, 'transfer-encoding').includes('chunked');
  const lines = [
    ...headers.filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name)),
    ...(isChunked ? [CHUNKED] : lengthOf(headers)),
  ];
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const statusLine = `HTTP/1.1 ${status} ${reason}\r\n`;
  return { text: `${statusLine}${text}\r\n`, isInterim: false, isChunked };
}

function badStatus(): BadResponseError {
  return new BadResponseError('invalid-status-line', 'the status of the answer is not valid HTTP');
}

/** A line that begins with a blank belongs to the one before it. */
function unfold(lines: string[]): string[] {
  const whole: string[][] = [];
  for (const line of lines) {
    if (!/^[ \t]/.test(line)) whole.push([line]);
    else whole.at(-1)?.push(line);
  }
  return whole.map((parts) => parts.join(''));
}

/** None where the line has no name, or one that no header has. */
function toHeader(line: string): Header[] {
  const colon = line.indexOf(':');
  const name = withoutControls(line.slice(0, Math.max(0, colon)));
  return TOKEN.test(name) ? [[name, withoutControls(line.slice(colon + 1))]] : [];
}

function withoutControls(text: string): string {
  return withoutBlanks(text.replace(/[\0-\x1f\x7f]/g, ' '));
}

/** By hand: `trim` takes a byte of a UTF-8 character for a blank, and a pattern takes ever longer for many blanks. */
function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  return text.slice(start, end);
}

/** The members of a list, on however many lines it is, in lower case. */
function valuesOf(headers: Header[], wanted: string): string[] {
  return headers
    .filter(([name]) => name.toLowerCase() === wanted)
    .flatMap(([, value]) => value.split(','))
    .map((value) => value.trim().toLowerCase())
    .filter((value) => value !== '');
}

function lengthOf(headers: Header[]): Header[] {
  const values = valuesOf(headers, 'content-length').map((value) => value.replace(/^\+/, ''));
  const [length, other] = new Set(values);
  if (length === undefined) return [];
  if (other === undefined && /^\d{1,15}$/.test(length)) return [['Content-Length', length]];
  const message = 'the length of the answer is not a number, or contradicts itself';
  throw new BadResponseError('invalid-content-length', message);
}
