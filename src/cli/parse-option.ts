import { InvalidArgumentError } from 'commander';
import { ImgjobError } from '../errors.ts';
import {
  BOUNDS,
  type Bounds,
  DURATION,
  describeWholeNumber,
  isWithin,
  PAUSE,
} from '../options/bounds.ts';
import { EXPECTED_BUDGET, FAILURE_BUDGET } from '../options/failure-budget.ts';
import { EXPECTED_FOLDER, EXPECTED_PATH, isFilePath } from '../options/file-path.ts';
import { checkHeader, EXPECTED_USER_AGENT, type Header, isUserAgent } from '../options/header.ts';
import { EXPECTED_HOST, normaliseHostPattern } from '../options/host-pattern.ts';

/** Text of the command line → values of options; the bounds are those of `options/bounds.ts`. */

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const AGE_UNITS: Record<string, number> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const SIZE_UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};
const RATE_UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** `400ms`, `0.4s`, `2m`, `1h` → milliseconds, at least 1. A bare number is refused: its unit would be a guess. */
export function parseDuration(text: string): number {
  return durationOf(text, DURATION);
}

/** A duration that may be 0; a bare whole number is milliseconds, as the contract has it for this one option. */
export function parseSleep(text: string): number {
  return durationOf(/^\d+$/.test(text) ? `${text}ms` : text, PAUSE);
}

/** A duration that may be 0. */
export function parsePause(text: string): number {
  return durationOf(text, PAUSE);
}

function durationOf(text: string, { least, most }: Bounds): number {
  const [, value = '', unit = ''] = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)$/.exec(text) ?? [];
  const factor = text === '0' ? 0 : DURATION_UNITS[unit];
  if (factor === undefined) {
    const hint = /^\d+(\.\d+)?$/.test(text) ? ` Did you mean ${text}s or ${text}ms?` : '';
    throw new InvalidArgumentError(`Expected a duration like 400ms, 0.4s or 2m.${hint}`);
  }
  const ms = Math.round(Number(value) * factor);
  if (ms > most) throw new InvalidArgumentError('It is longer than 24 days.');
  if (ms < least) throw new InvalidArgumentError('It must be longer than 0.');
  return ms;
}

/** An age, as `prune` takes it: `30d`, `12h`; in milliseconds, of any length. */
export function parseAge(text: string): number {
  const [, value = '', unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  const factor = AGE_UNITS[unit];
  if (factor === undefined) throw new InvalidArgumentError('Expected an age like 30d, 2w or 12h.');
  return Number(value) * factor;
}

/** `50000`, `50MB`, `50MiB` → bytes. Units may be written in any case. */
export function parseSize(text: string): number {
  const [, value = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const bytes = Math.round(Number(value) * (SIZE_UNITS[unit.toLowerCase()] ?? Number.NaN));
  if (isWithin(BOUNDS.max_bytes, bytes)) return bytes;
  throw new InvalidArgumentError('Expected a size like 50000, 50MB or 50MiB.');
}

/** `20/s`, `100/m` → requests a second. */
export function parseRate(text: string): number {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)\/([smh])$/.exec(text) ?? [];
  const rate = Number(count) / (RATE_UNITS[unit] ?? Number.NaN);
  if (isWithin(BOUNDS.rate, rate)) return rate;
  throw new InvalidArgumentError('Expected a rate like 20/s or 100/m.');
}

/** `20%` → 0.2. */
export function parseShare(text: string): number {
  const [, percent = ''] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== '') return Number(percent) / 100;
  const hint = /^\d+$/.test(text) ? ` Did you mean ${text}%?` : '';
  throw new InvalidArgumentError(`Expected a share like 20%.${hint}`);
}

/** A whole number between two bounds. */
export function parseCount(bounds: Bounds): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (isWithin(bounds, count)) return count;
    throw new InvalidArgumentError(`Expected ${describeWholeNumber(bounds)}.`);
  };
}

/** `3`, or `5%` of all: so many failures. */
export function parseFailureBudget(text: string): string {
  if (FAILURE_BUDGET.test(text)) return text;
  throw new InvalidArgumentError(`Expected ${EXPECTED_BUDGET}.`);
}

/** `Name: value`, as `-H` takes it; an error names where it stands, and nothing of it. */
export function parseHeader(line: string, where = '--header'): Header {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon));
  const header = checkHeader(name, line.slice(colon + 1));
  if (typeof header !== 'string') return header;
  // Not commander's own error, which repeats what was given: it may be secret.
  const why = header === 'own' ? `${name} can't be set` : "expected 'Name: value'";
  throw new ImgjobError('usage', `${where}: ${why}`);
}

/** A host's name, or `*.` and the name that others end with, as URLs spell it. */
export function parseHostPattern(text: string): string {
  const pattern = normaliseHostPattern(text);
  if (pattern !== null) return pattern;
  throw new InvalidArgumentError(`Expected ${EXPECTED_HOST}.`);
}

/** The value of the `user-agent` header. */
export function parseUserAgent(text: string): string {
  if (isUserAgent(text)) return text;
  throw new InvalidArgumentError(`Expected ${EXPECTED_USER_AGENT}.`);
}

/** A path, which may be of a file that is not there. */
export function parsePath(text: string): string {
  if (isFilePath(text)) return text;
  throw new InvalidArgumentError(`Expected ${EXPECTED_PATH}.`);
}

/** The same of a folder. */
export function parseFolder(text: string): string {
  if (isFilePath(text)) return text;
  throw new InvalidArgumentError(`Expected ${EXPECTED_FOLDER}.`);
}
