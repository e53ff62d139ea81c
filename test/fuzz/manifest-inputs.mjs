import { readdirSync, readFileSync } from 'node:fs';
import { cut, mutate } from './mutate.mjs';
import { createRandom } from './random.mjs';

const FIXTURES = new URL('../../fixtures/manifests/', import.meta.url);
const fixtures = readdirSync(FIXTURES).map((name) => readFileSync(new URL(name, FIXTURES)));

const NAMES = ['stores', 'visits', 'count', 'job_id', 'store_id', 'images', 'image_url'];
const ODD_NAMES = [
  'visit_time',
  '$schema',
  '__proto__',
  'constructor',
  'length',
  '0',
  '',
  'x\u0000',
];
const TEXTS = [
  'https://x.example/a.jpg',
  'S1',
  '',
  'ftp://x',
  '\u001b[31m\u202e',
  '\ud800',
  'é🏬',
  '\u0000',
  'a-b_1',
  '../../x',
  'x'.repeat(300),
];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '2',
  '1.5',
  '1e400',
  '-1e999',
  '9'.repeat(400),
  '1e-400',
  '9007199254740993',
];
const LITERALS = ['null', 'true', 'false', '[]', '{}', '""'];
/** What text is made of where it is to be no JSON. */
const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '//',
  '/*',
  "'",
  'nul',
  '-',
  '1',
  '1e',
  ' ',
  '\t',
  '\r',
  '\n',
];
const LINE_ENDS = ['\n', '\n', '\n', '\r\n', '\r', '\n\n', ' \n', '\n\ufeff', '\u2028', ''];

/** The input of a number: always the same for the same seed. */
export function manifestInput(seed, number) {
  const random = createRandom(seed, number);
  const isLines = random.oneIn(3);
  let bytes = random.pick(isLines ? LINE_MAKERS : MAKERS)(random);
  if (random.oneIn(4)) bytes = mutate(bytes, fixtures, random);
  if (random.oneIn(30)) bytes = Buffer.concat([Buffer.from('\ufeff'), bytes]);
  if (random.oneIn(60)) bytes = Buffer.from(bytes.toString(), 'utf16le');
  const chunks = cut(bytes, random);
  return { name: isLines ? 'm.ndjson' : 'm.json', bytes, chunks, checksUrls: random.oneIn(2) };
}

const MAKERS = [
  (random) => Buffer.from(random.pick(fixtures)),
  (random) => Buffer.from(manifest(random)),
  (random) => Buffer.from(manifest(random)),
  (random) => Buffer.from(goodManifest(random)),
  (random) => Buffer.from(goodManifest(random)),
  (random) => Buffer.from(value(random, 6)),
  (random) => Buffer.from(soup(random, 60)),
  (random) => Buffer.from(nested(random)),
];
const LINE_MAKERS = [
  (random) => Buffer.from(random.pick(fixtures)),
  (random) => lines(random, [entry, entry, entry, (r) => value(r, 3), (r) => soup(r, 20)]),
  (random) => lines(random, [goodEntry]),
];

function lines(random, makers) {
  let text = '';
  for (let count = random.small(60); count > 0; count -= 1) {
    text += random.pick(makers)(random);
    text += random.pick(LINE_ENDS);
  }
  return Buffer.from(text);
}

/** One with nothing wrong in it but, perhaps, a field that nobody knows. */
function goodManifest(random) {
  const [form, field] = random.pick([
    ['stores', 'images'],
    ['visits', 'image_url'],
  ]);
  const entries = Array.from({ length: random.small(30) }, () => goodEntry(random, field));
  return `{"${form}":[${entries}],"${random.pick(['x', '__proto__', '\ud800'])}":${value(random, 3)}}`;
}

/** Mostly a manifest, with fields that are twice there, missing or of another kind. */
function manifest(random) {
  const entries = Array.from({ length: random.small(30) }, () => entry(random));
  const fields = [
    `${name(random)}:${value(random, 3)}`,
    `"${random.pick(['stores', 'visits'])}":[${entries}]`,
  ];
  if (random.oneIn(2)) fields.push(`"job_id":${value(random, 1)}`);
  if (random.oneIn(3))
    fields.push(`"count":${random.pick([entries.length, random.pick(NUMBERS)])}`);
  if (random.oneIn(6)) fields.push(random.pick(fields));
  return `{${fields.slice(random.below(2)).join(random.pick([',', ',\n', ' ,\t', ',\r\n']))}}`;
}

/** One with nothing wrong in it. */
function goodEntry(random, field = random.pick(['images', 'image_url'])) {
  const images = Array.from({ length: random.small(12) }, () => JSON.stringify(random.pick(TEXTS)));
  const id = JSON.stringify(random.pick(['S1', 'é🏬', '\u001b[31m', '\ud800', 'x'.repeat(256)]));
  return `{"store_id":${id},"${field}":[${images}]}`;
}

function entry(random) {
  if (random.oneIn(12)) return value(random, 2);
  const images = Array.from({ length: random.small(12) }, () => item(random));
  const fields = [
    `"store_id":${item(random)}`,
    `"${random.pick(['images', 'image_url'])}":[${images}]`,
  ];
  if (random.oneIn(3)) fields.push(`${name(random)}:${value(random, 2)}`);
  return `{${fields}}`;
}

function item(random) {
  return random.oneIn(10) ? value(random, 1) : JSON.stringify(random.pick(TEXTS));
}

function name(random) {
  return JSON.stringify(random.pick(random.oneIn(3) ? ODD_NAMES : NAMES));
}

function value(random, depth) {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind === 0) return random.pick(LITERALS);
  if (kind === 1) return random.pick(NUMBERS);
  if (kind < 4) return JSON.stringify(random.pick(TEXTS));
  const inner = Array.from({ length: random.small(8) }, () => value(random, depth - 1));
  return kind === 4 ? `[${inner}]` : `{${inner.map((part) => `${name(random)}:${part}`)}}`;
}

function soup(random, most) {
  const parts = [...TOKENS, ...TEXTS, ...LITERALS];
  return Array.from({ length: random.small(most) }, () => random.pick(parts)).join('');
}

function nested(random) {
  const opening = random.pick(['[', '{"a":', '{"stores":[', '[[{"stores":']);
  const closing = random.pick([']', '}', ']}', '', '1']);
  // Between the two it depends on how full the stack is whether the place of a fault is found.
  const depth = random.oneIn(20) ? 100_000 : random.small(400);
  return opening.repeat(depth) + random.pick(LITERALS) + closing.repeat(depth);
}
