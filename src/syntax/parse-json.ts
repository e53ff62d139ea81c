import { printParseErrorCode } from 'jsonc-parser';
import { messageOf } from '../errors.ts';
import { excerpt } from '../terminal/prose.ts';
import { tooDeepAt } from './depth.ts';
import { type Position, positionsIn } from './locate.ts';

import { walkJson } from './walk.ts';

/** What holds the JSON: a whole file, or one line of it. */
export type Unit = 'file' | 'line';

export type SyntaxProblem = Position & { message: string };

type SyntaxFault = { offset: number; message: string };

const SENTENCES: Record<string, string> = {
  InvalidNumberFormat: 'this number is not complete',
  UnexpectedEndOfNumber: 'this number is not complete',
  PropertyNameExpected: 'expected a name in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon',
  CommaExpected: 'expected a comma',
  InvalidCommentToken: 'JSON has no comments',
  UnexpectedEndOfString: 'this string has no closing quote on its line',
  InvalidUnicode: 'this string has a \\u without four hexadecimal digits',
  InvalidEscapeCharacter: 'this string has a backslash before the wrong character',
  InvalidCharacter: 'this string has a tab or another control character: write it as an escape',
};

/** Parses JSON. What is wrong with it is worked out only when JSON.parse, the fast way, fails. */
export function parseJson(
  text: string,
  unit: Unit,
): { value: unknown } | { problem: SyntaxProblem } {
  const deep = tooDeepAt(text);
  if (deep !== -1) {
    return { problem: { ...positionsIn(text)(deep), message: 'nested too deeply' } };
  }
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch (error) {
    const { offset, message } = firstFault(text, unit) ?? engineFault(error, text, unit);
    return { problem: { ...positionsIn(text)(offset), message } };
  }
}

/** The first fault a parser finds that goes on after it; null where it cannot walk the text. */
function firstFault(text: string, unit: Unit): SyntaxFault | null {
  let first: SyntaxFault | null = null;
  walkJson(text, {
    onError: (code, offset, length) => {
      first ??= {
        offset,
        message: sentence(printParseErrorCode(code), text, offset, length, unit),
      };
    },
  });
  return first;
}

function sentence(code: string, text: string, offset: number, length: number, unit: Unit): string {
  const found = text.slice(offset, offset + length);
  if (found === '') return `unexpected end of the ${unit}`;
  if (code === 'InvalidSymbol') return unexpected(found);
  if (code === 'EndOfFileExpected') return textAfterEnd(unit);
  const beforeBracket =
    (code === 'ValueExpected' && found === ']') ||
    (code === 'PropertyNameExpected' && found === '}');
  if (beforeBracket) return `expected no comma before ${found}`;
  return SENTENCES[code] ?? 'not JSON';
}

function unexpected(found: string): string {
  const shown = excerpt(found, 20);
  const quotes = found.startsWith("'") ? ': JSON has double quotes only' : '';
  if (shown.trim() !== '') return `unexpected ${shown}${quotes}`;
  const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `unexpected character U+${code}`;
}

function textAfterEnd(unit: Unit): string {
  const hint = unit === 'file' ? ' (a file with one store on each line is NDJSON)' : '';
  return `expected the end of the ${unit}${hint}`;
}

/** What the JavaScript engine says of it: some of its messages name the place, others do not. */
function engineFault(error: unknown, text: string, unit: Unit): SyntaxFault {
  const message = messageOf(error);
  if (message.startsWith('Unexpected end')) {
    return { offset: text.length, message: `unexpected end of the ${unit}` };
  }
  const [what = '', position = '0'] = message.split(/ in JSON at position (\d+)/);
  return { offset: Number(position), message: `not JSON: ${excerpt(what, 100)}` };
}
