const MB = 1_000_000;

/** The part again and again, as often as it fits the length, between two others. */
const filled = (before, part, length, after) =>
  Buffer.concat([
    Buffer.from(before),
    Buffer.alloc(length - (length % part.length), part),
    Buffer.from(after),
  ]);

/** A text of many different parts. */
function counted(before, count, part, after) {
  const parts = [before];
  for (let index = 0; index < count; index += 1) parts.push(part(index));
  return Buffer.from(`${parts.join('')}${after}`);
}

const deep = (opening, after) => filled('{"x":', opening, 100_000 * opening.length, after);
const inString = (part) => filled('{"stores":7,"x":"', part, 100 * MB, '"}');
const inId = (part) => filled('{"store_id":"', part, 100 * MB, '","images":[]}');

/** Manifests that are large or deep, by the name of their file. */
export const HEAVY = {
  'deep-lists.json': () => deep('[', ''),
  'deep-objects.json': () => deep('{"a":', '1'),
  'deep-closed.json': () =>
    Buffer.concat([deep('[', ''), Buffer.alloc(100_000, ']'), Buffer.from('}')]),
  'deep-millions.json': () => filled('', '[', 100 * MB, ''),
  'deep-objects-millions.json': () => filled('', '{"[":', 100 * MB, ''),
  'brackets-in-string.json': () => filled('{"stores":[],"x":"', '[', 100 * MB, '"}'),
  'deep-line.ndjson': () => filled('', '[', 100_000, '\n{"store_id":"S","images":[]}\n'),
  'string.json': () => inString('x'),
  'string-of-escapes.json': () => inString('\\n'),
  'string-of-unicode-escapes.json': () => inString('\\u0041'),
  'string-of-wide-characters.json': () => inString('🏬'),
  'string-of-control-characters.json': () => inString('\u0001'),
  'string-of-bad-bytes.json': () => inString(Buffer.of(0xff)),
  'string-of-wrong-escapes.json': () => inString('\\x'),
  'string-open.json': () => filled('{"x":"', 'x', 100 * MB, ''),
  'one-bad-byte.json': () => filled('{"x":"', 'x', 100 * MB, Buffer.of(0xff)),
  'nothing-but-bad-bytes.ndjson': () => filled('', Buffer.of(0xff, 0x0a), 20 * MB, ''),
  'store-id.json': () => filled('{"stores":[{"store_id":"', 'x', 100 * MB, '","images":[]}]}'),
  'store-id.ndjson': () => inId('x'),
  'store-id-wide.ndjson': () => inId('🏬'),
  'job-id.json': () => filled('{"stores":[],"job_id":"', 'x', 100 * MB, '"}'),
  'number.json': () => filled('{"stores":[],"count":', '9', 100 * MB, '}'),
  'fraction.json': () => filled('{"stores":[],"count":0.', '3', 100 * MB, '}'),
  'number-unfinished.json': () => filled('{"stores":[],"count":', '9', 100 * MB, 'e}'),
  'name.json': () => filled('{"', 'x', 100 * MB, '":1}'),
  'blanks.json': () => filled('{', ' ', 100 * MB, '"stores":7}'),
  'blanks.ndjson': () => filled('{', ' ', 100 * MB, '}'),
  'newlines.json': () => filled('{', '\n', 100 * MB, '"stores":7}'),
  'newlines.ndjson': () => filled('', '\n', 100 * MB, '1'),
  'nul.json': () => filled('', '\0', 100 * MB, ''),
  'nul.ndjson': () => filled('', '\0\n', 10 * MB, ''),
  'comments.json': () => filled('', '/**/', 20 * MB, '{'),
  'open-comment.json': () => filled('/*', '*', 100 * MB, ''),
  'commas.json': () => filled('[', ',', 20 * MB, ']'),
  'quotes.json': () => filled('', '"', 20 * MB, ''),
  'words.json': () => filled('', 'x ', 20 * MB, ''),
  'bad-urls.json': () => filled('{"stores":[{"store_id":"S","images":[', '1,', 10 * MB, '1]}]}'),
  'bad-urls.ndjson': () => filled('{"store_id":"S","images":[', '1,', 10 * MB, '1]}'),
  'empty-urls.json': () => filled('{"stores":[{"store_id":"S","images":[', '"",', 10 * MB, '1]}]}'),
  'bad-stores.json': () => filled('{"stores":[', '1,', 10 * MB, '1]}'),
  'empty-stores.json': () => filled('{"visits":[', '{},', 10 * MB, '1]}'),
  'bad-lines.ndjson': () => filled('', '1\n', 10 * MB, ''),
  'broken-lines.ndjson': () => filled('', '{\n', 10 * MB, ''),
  'names-twice.json': () => filled('{', '"stores":[1],', 10 * MB, '"stores":[]}'),
  'names.json': () => counted('{"stores":7', MB, (index) => `,"n${index}":0`, '}'),
  'names-unknown.json': () => counted('{"stores":[]', MB, (index) => `,"n${index}":0`, '}'),
  'names-unknown.ndjson': () =>
    counted('', MB, (index) => `{"store_id":"S","images":[],"n${index}":0}\n`, ''),
  'names-long.ndjson': () =>
    counted('', 200, (index) => `{"store_id":"S","images":[],"${index}${'n'.repeat(MB)}":0}\n`, ''),
  'long-line.ndjson': () => filled('{"store_id":"', 'x', 280 * MB, '","images":[]}'),
};
