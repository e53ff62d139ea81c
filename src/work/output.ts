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
  refuse(output, 'output', 0);
  const text = JSON.stringify(output);
  if (text.length <= MAX_LENGTH) return text;
  throw new Error(`the output has ${text.length} characters as JSON, more than ${MAX_LENGTH}`);
}

function refuse(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (depth > MAX_DEPTH) throw new Error(`the output is nested more than ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      refuse(value[index], `${path}[${index}]`, depth + 1);
    }
  } else if (isPlain(value)) {
    for (const [name, inner] of Object.entries(value)) refuse(inner, `${path}.${name}`, depth + 1);
  } else {
    throw new Error(`${path.slice(0, 200)} is ${nameOf(value)}, which JSON can't hold`);
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
}

function nameOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return `an object of ${value.constructor?.name || 'a class'}`;
  }
  return typeof value === 'number' ? String(value) : typeof value;
}
