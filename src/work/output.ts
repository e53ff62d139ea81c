import { WorkError } from '../job/effects.ts';

/** The most characters that the output of one image may have as JSON. */
const MAX_LENGTH = 1_000_000;
const MAX_DEPTH = 100;

/**
 * What the work returned, as JSON; undefined is null. Throws, in a sentence
 * that says where, for what JSON would drop or change: dates, maps, functions,
 * NaN, holes, cycles; and for what is too large.
 */
export function outputJson(output: unknown): string {
  if (output === undefined) return 'null';
  // Each value takes a character at least; the same one may be there very often.
  refuse(output, { path: 'output', depth: 0, left: { values: MAX_LENGTH } });
  const text = JSON.stringify(output);
  if (text.length <= MAX_LENGTH) return text;
  throw tooLarge();
}

type Location = { path: string; depth: number; left: { values: number } };

function refuse(value: unknown, { path, depth, left }: Location): void {
  left.values -= 1;
  if (left.values < 0) throw tooLarge();
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (depth > MAX_DEPTH) throw bad(`the output is nested more than ${MAX_DEPTH} deep`);
  const inside = (name: string) => ({ path: path + name, depth: depth + 1, left });
  if (Array.isArray(value) && !('toJSON' in value)) {
    for (let index = 0; index < value.length; index += 1)
      refuse(value[index], inside(`[${index}]`));
  } else if (isPlain(value)) {
    for (const [name, inner] of Object.entries(value)) refuse(inner, inside(`.${name}`));
  } else {
    throw bad(`${path.slice(0, 200)} is ${nameOf(value)}, which JSON can't hold`);
  }
}

/** Also one that was made in another context, which has another Object. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    if ('toJSON' in value && !(value instanceof Date)) return 'an object with a toJSON of its own';
    return `an object of ${value.constructor?.name || 'a class'}`;
  }
  return typeof value === 'number' ? String(value) : typeof value;
}

function tooLarge(): WorkError {
  return bad(`the output has more than ${MAX_LENGTH} characters as JSON`);
}

function bad(message: string): WorkError {
  return new WorkError('bad-output', message);
}
