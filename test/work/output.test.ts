import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { WorkError } from '../../src/job/effects.ts';
import { outputJson } from '../../src/work/output.ts';

function cyclic(): object {
  const output: { next: object[] } = { next: [] };
  output.next.push(output);
  return output;
}

function shared(): object {
  const inner = { b: 1 };
  return { a: inner, c: inner };
}

function nested(depth: number): object {
  return depth === 0 ? {} : { in: nested(depth - 1) };
}

describe('an output', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'null'],
    ['a typed array', { embedding: new Float32Array([1, 2.5]) }, '{"embedding":[1,2.5]}'],
    ['a Buffer', Buffer.from([1, 255]), '[1,255]'],
    ['an empty typed array', new Uint8Array(), '[]'],
    ['an undefined member', { a: undefined, b: 1 }, '{"b":1}'],
    ['an undefined element', [1, undefined, 3], '[1,null,3]'],
    ['one object twice', shared(), '{"a":{"b":1},"c":{"b":1}}'],
    ['a hole', Array.from({ length: 1 }).concat([2]), '[null,2]'],
    ['a date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['objects of another context', runInNewContext('({ a: [new Date(0)] })'), DATE_IN_ARRAY],
    ['a member called __proto__', JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ])('may be or hold %s', (_, output, json) => {
    expect(outputJson(output)).toBe(json);
  });

  it.each<[unknown, string]>([
    [{ boxes: [0, 1, 2, { mask: new Map() }] }, 'output.boxes[3].mask is a Map'],
    [new Set([1]), 'output is a Set'],
    [{ embedding: new Float32Array([1, Number.NaN]) }, 'output.embedding[1] is NaN'],
    [new BigInt64Array(1), 'output[0] is a bigint'],
    [[() => 1], 'output[0] is a function'],
    [{ at: new Date(Number.NaN) }, 'output.at is an invalid Date'],
    [{ score: Promise.resolve(1) }, 'output.score is a Promise'],
    [new ArrayBuffer(8), 'output is an ArrayBuffer'],
    [new DataView(new ArrayBuffer(8)), 'output is an object of DataView'],
    [new URL('http://a.example'), 'output is an object with a toJSON of its own'],
    [new (class Box {})(), 'output is an object of Box'],
    [Symbol('a'), 'output is a symbol'],
    [new Float64Array(1_000_001), 'more than 1000000 characters'],
    [cyclic(), "output.next[0] is in itself, which JSON can't hold"],
    [nested(200), 'is nested more than 100 deep'],
  ])('is refused with where it is, and never tried again: %o', (output, message) => {
    let thrown: unknown;
    try {
      outputJson(output);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WorkError);
    expect(thrown).toMatchObject({ reason: 'bad-output', retryable: false });
    expect(String(thrown)).toContain(message);
  });

  it('that is too large is refused before it is written', () => {
    const outputs = [
      new Array(3e9),
      Array(1000).fill('y'.repeat(900_000)),
      Array(5000).fill({ ['k'.repeat(1000)]: 1 }),
    ];
    for (const output of outputs) {
      expect(() => outputJson(output)).toThrow('more than 1000000 characters');
    }
  });

  it('says what to do', () => {
    expect(() => outputJson(new Map())).toThrow('return Object.fromEntries(it)');
  });
});

const DATE_IN_ARRAY = '{"a":["1970-01-01T00:00:00.000Z"]}';
