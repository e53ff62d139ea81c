import { describe, expect, test } from 'vitest';
import { lines, problemsOf, readValid } from './manifest-file.ts';

describe('many problems', () => {
  test.each([
    ['in one list of images', `{"stores":[{"store_id":"S","images":[${repeat('1', 150_000)}]}]}`],
    ['in one list of stores', `{"stores":[${repeat('1', 150_000)}]}`],
  ])('are all told, %s', async (_, text) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(150_000);
    expect(problems.at(-1)).toMatchObject({ line: 1, path: expect.stringContaining('[149999]') });
  });

  test('are all told, in one line of NDJSON', async () => {
    const text = `{"store_id":"S","images":[${repeat('1', 150_000)}]}`;
    expect(await problemsOf(text, 'm.ndjson')).toHaveLength(150_000);
  });

  test('among many fields do not take time for each field', async () => {
    const fields = Array.from({ length: 100_000 }, (_, index) => `"f${index}":0`);
    const text = `{${fields.join()},"stores":[${repeat('{"store_id":"S"}', 2000)}]}`;
    expect(await problemsOf(text)).toHaveLength(2000);
  });
});

describe('too many problems', () => {
  const few = 'too many problems: not all are shown';
  const urls = `{"store_id":"S","images":[${repeat('1', 300_000)}]}`;

  test.each([
    ['in one list of images', 'm.json', `{"stores":[${urls}]}`],
    ['in several lists of images', 'm.json', `{"stores":[${urls},${urls}]}`],
    ['in one list of stores', 'm.json', `{"stores":[${repeat('1', 300_000)}]}`],
    ['in one line of NDJSON', 'm.ndjson', urls],
    ['in many lines of NDJSON', 'm.ndjson', '1\n'.repeat(300_000)],
  ])('are told up to a number, %s', async (_, name, text) => {
    const problems = await problemsOf(text, name);
    expect(problems).toHaveLength(200_001);
    expect(problems.filter(({ message }) => message === few)).toEqual([problems.at(-1)]);
  });
});

test('too many unknown fields are counted up to a number', async () => {
  const fields = Array.from({ length: 12_000 }, (_, index) => `"f${index}":0`);
  const { warnings } = await readValid(`{"stores":[],${fields}}`);
  expect(warnings).toEqual([expect.stringMatching(/f9 and at least 9990 more$/)]);
});

describe('deep nesting', () => {
  const deep = '['.repeat(100_000);

  test('that is cut off is a syntax error at the end', async () => {
    expect(lines(await problemsOf(deep))).toEqual(['1:100001 : unexpected end of the file']);
  });

  test('that is broken elsewhere is a syntax error with what the engine says', async () => {
    const [problem] = await problemsOf(`${deep}1 2`);
    expect(problem?.message).toMatch(/^not JSON: /);
  });

  test('in an unknown field does no harm', async () => {
    const text = `{"x":${deep}${']'.repeat(100_000)},"stores":[]}`;
    expect((await readValid(text)).warnings).toEqual(['ignored unknown fields: x']);
  });

  test('leaves a problem without a place, not without a message', async () => {
    const text = `{"x":${deep}${']'.repeat(100_000)},\n"stores":7}`;
    expect(lines(await problemsOf(text))).toEqual([
      '1:1 stores: expected a list of stores, got number',
    ]);
  });
});

test('a long run of blanks leaves a problem without a place', async () => {
  expect(lines(await problemsOf(`{${' '.repeat(1_000_001)}"stores":7}`))).toEqual([
    '1:1 stores: expected a list of stores, got number',
  ]);
});

test('a very long string of escapes leaves a problem without a place', async () => {
  const text = (escapes: string) => `{"x":"${escapes}","y":"${escapes}",\n"stores":7}`;
  const message = 'stores: expected a list of stores, got number';
  expect(lines(await problemsOf(text('\\"'.repeat(1_000_001))))).toEqual([`1:1 ${message}`]);
  expect(lines(await problemsOf(text('\\"'.repeat(999_999))))).toEqual([`2:10 ${message}`]);
});

test('__proto__ is a name like others and gives nothing to its object', async () => {
  const [problem] = await problemsOf('{"__proto__":{"stores":[]}}');
  expect(problem?.message).toBe('missing: expected a list of stores');
});

function repeat(text: string, times: number): string {
  return Array.from({ length: times }, () => text).join();
}
