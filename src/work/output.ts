import { types } from 'node:util';
import { WorkError } from '../job/effects.ts';
import type { Json } from '../results/results-schema.ts';

/** The most characters that the output of one image may have as JSON. */
const MAX_LENGTH = 1_000_000;
const MAX_DEPTH = 100;

/**
 * What the work returned, as JSON; undefined is null. As with JSON.stringify,
 * members that are undefined are left out, such elements are null, and dates
 * are ISO strings; typed arrays are arrays. Throws, in a sentence that says
 * where and what to do, for what else JSON would drop or change: maps,
 * functions, NaN, cycles; and for what is too large.
 */
export function outputJson(output: unknown): string {
  if (output === undefined) return 'null';
  // Each value takes a character at least; the same one may be there very often.
  const left = { characters: MAX_LENGTH };
  const held = hold(output, { path: 'output', depth: 0, left, within: new Set() });
  const text = JSON.stringify(held);
  if (text.length <= MAX_LENGTH) return text;
  throw tooLarge();
}

type Location = {
  path: string;
  depth: number;
  /** Of the whole output. */
  left: { characters: number };
  /** The objects that this one is in. */
  within: Set<object>;
};

/** A copy of plain values alone. */
function hold(value: unknown, location: Location): Json {
  const { path, depth } = location;
  spend(location, typeof value === 'string' ? value.length : 1);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (types.isDate(value) && Number.isFinite(value.getTime())) return value.toISOString();
  const elements = elementsOf(value);
  const container = elements ?? (isPlain(value) ? value : null);
  if (container) {
    if (location.within.has(container))
      throw bad(`${shown(path)} is in itself, which JSON can't hold`);
    if (depth > MAX_DEPTH) throw bad(`${shown(path)} is nested more than ${MAX_DEPTH} deep`);
    location.within.add(container);
    const held = elements ? holdElements(elements, location) : holdMembers(container, location);
    location.within.delete(container);
    return held;
  }
  const [what, advice] = describe(value);
  throw bad(`${shown(path)} is ${what}, which JSON can't hold${advice}`);
}

const shown = (path: string) => path.slice(0, 200);

/** As many characters as what is written takes at least: the same text may be there very often. */
function spend({ left }: Location, characters: number): void {
  left.characters -= characters;
  if (left.characters < 0) throw tooLarge();
}

function inside({ path, depth, left, within }: Location, name: string): Location {
  return { path: path + name, depth: depth + 1, left, within };
}

function holdElements(elements: ArrayLike<unknown>, location: Location): Json {
  // Before they are gone through: an array may be long, and hold nothing.
  spend(location, elements.length);
  return Array.from(elements, (element: unknown, index) =>
    element === undefined ? null : hold(element, inside(location, `[${index}]`)),
  );
}

function holdMembers(value: object, location: Location): Json {
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  // Also one that is called __proto__ is a member.
  return Object.fromEntries(
    members.map(([name, inner]) => {
      spend(location, name.length);
      return [name, hold(inner, inside(location, `.${name}`))];
    }),
  );
}

/** The elements of an array, or of a typed one; null where it is neither. */
function elementsOf(value: unknown): (ArrayLike<unknown> & object) | null {
  if (Array.isArray(value)) return 'toJSON' in value ? null : value;
  if (!types.isTypedArray(value)) return null;
  if (value.length > MAX_LENGTH) throw tooLarge();
  return value;
}

/** Also one that was made in another context, which has another Object. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What a value is, and what to do. */
function describe(value: unknown): [what: string, advice: string] {
  if (typeof value === 'number') return [String(value), '; null says that there is none'];
  if (typeof value === 'bigint') return ['a bigint', '; return String(it) or Number(it)'];
  if (typeof value !== 'object' || value === null) return [`a ${typeof value}`, ''];
  if (types.isDate(value)) return ['an invalid Date', ''];
  if (types.isMap(value)) return ['a Map', '; return Object.fromEntries(it)'];
  if (types.isSet(value)) return ['a Set', '; return Array.from(it)'];
  if (types.isPromise(value)) return ['a Promise', '; await it'];
  if (types.isAnyArrayBuffer(value)) return ['an ArrayBuffer', '; return a typed array of it'];
  if ('toJSON' in value)
    return ['an object with a toJSON of its own', '; return what that returns'];
  const name: unknown = value.constructor?.name;
  return [`an object of ${name || 'a class'}`, '; return a plain object of what it holds'];
}

function tooLarge(): WorkError {
  return bad(`the output has more than ${MAX_LENGTH} characters as JSON`);
}

/** The same work would return the same again. */
function bad(message: string): WorkError {
  return new WorkError('bad-output', message, { retryable: false });
}
