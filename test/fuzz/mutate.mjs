/** Where headers stand, and so where a change matters most. */
const HEADER_LENGTH = 96;
const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff, 0x20, 0x0a, 0x22, 0x3c, 0x5c];
const NUMBERS = [0, 1, 7, 8, 0xff, 0x7fff, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const INSERTIONS = [1, 2, 4, 8, 12, 64, 1000, 70_000];

const MUTATIONS = [
  flipBits,
  flipBits,
  overwriteBytes,
  overwriteBytes,
  overwriteNumber,
  overwriteNumber,
  truncate,
  duplicate,
  insert,
  remove,
  splice,
];

/** A copy of the bytes with a few random changes; `others` is what they may be spliced with. */
export function mutate(bytes, others, random) {
  let changed = Buffer.from(bytes);
  const changes = 1 + random.small(8);
  for (let count = 0; count < changes; count += 1) {
    changed = random.pick(MUTATIONS)(changed, random, others);
  }
  return changed;
}

/** The bytes in pieces: sometimes byte by byte, sometimes few, sometimes many, some of them empty. */
export function cut(bytes, random) {
  const most = random.pick([1, 3, 40, 1500, 16_384, 65_536]);
  const chunks = [];
  for (let at = 0; at < bytes.length; ) {
    // Byte by byte to the end would take long, and no header is that long.
    const length = at < 4096 ? random.below(most + 1) : Math.max(1500, random.below(most + 1));
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

function place(bytes, random) {
  const isHeader = !random.oneIn(5);
  return random.below(Math.max(1, isHeader ? Math.min(bytes.length, HEADER_LENGTH) : bytes.length));
}

function flipBits(bytes, random) {
  for (let count = 1 + random.small(6); count > 0; count -= 1) {
    const at = place(bytes, random);
    if (at < bytes.length) bytes[at] ^= 1 << random.below(8);
  }
  return bytes;
}

function overwriteBytes(bytes, random) {
  const at = place(bytes, random);
  const value = random.oneIn(3) ? random.below(256) : random.pick(BYTES);
  return bytes.fill(value, at, Math.min(bytes.length, at + 1 + random.small(8)));
}

function overwriteNumber(bytes, random) {
  const written = Buffer.alloc(8);
  const value = random.oneIn(3) ? random.small(bytes.length + 2) : random.pick(NUMBERS);
  const width = random.pick([2, 4, 8]);
  const put = random.oneIn(2) ? 'writeUIntBE' : 'writeUIntLE';
  if (width === 8) written.writeBigUInt64BE(BigInt(value) << BigInt(random.pick([0, 31, 32])));
  else written[put](value % 2 ** (8 * width), 0, width);
  bytes.set(written.subarray(0, Math.min(width, bytes.length)), startFor(bytes, width, random));
  return bytes;
}

function startFor(bytes, width, random) {
  return Math.max(0, Math.min(place(bytes, random), bytes.length - width));
}

function truncate(bytes, random) {
  return bytes.subarray(0, place(bytes, random));
}

function duplicate(bytes, random) {
  const at = place(bytes, random);
  const piece = bytes.subarray(at, at + 1 + random.small(Math.max(2, bytes.length)));
  const copies = Array.from({ length: 1 + random.small(20) }, () => piece);
  return Buffer.concat([bytes.subarray(0, at), ...copies, bytes.subarray(at)]).subarray(0, 300_000);
}

function insert(bytes, random) {
  const at = place(bytes, random);
  const piece = Buffer.alloc(random.pick(INSERTIONS), random.pick(BYTES));
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

function remove(bytes, random) {
  const at = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.small(64))]);
}

function splice(bytes, random, others) {
  const other = random.pick(others);
  return Buffer.concat([
    bytes.subarray(0, place(bytes, random)),
    other.subarray(place(other, random)),
  ]);
}
