/**
 * Bodies of 1 to 4 MB made of as many of the smallest parts as a format has: what
 * a reader does for each part, it does very often here.
 */
export function largeBody(seeds, random) {
  const [format, make] = random.pick(Object.entries(MAKERS));
  const length = 2 ** 20 * (1 + random.below(4)) - random.small(1000);
  return { format: `${format} (1-4 MB)`, bytes: make(length, random, seeds) };
}

const MAKERS = {
  jpg: jpeg,
  tiff,
  'tiff directory': tiffDirectory,
  'tiff directories': tiffDirectories,
  gif,
  heif,
  'heif items': heifItems,
  'heif tracks': heifTracks,
  jp2,
  jxl,
  icns,
  svg: (length, random) => repeated(random.pick(XML_STARTS), random.pick(XML_PARTS), length),
  'svg in utf-16': (length, random) =>
    utf16(random.pick(XML_STARTS), random.pick(XML_PARTS), length),
  pnm: (length, random) => repeated(random.pick(PNM_STARTS), random.pick(PNM_PARTS), length),
  any: padded,
};

const XML_STARTS = ['<svg ', '<', '', '<!DOCTYPE svg [', '<?xml?>', '<!--', '<svg a="', '\ufeff'];
const XML_PARTS = [
  ' ',
  'a',
  'a="" ',
  'a=b ',
  '<!---->',
  '<??>',
  '<!x>',
  '[',
  ']',
  '"',
  "a '\"'",
  '\n',
  '<!',
  '<!ENTITY a "&a;&a;">',
  '<!ENTITY a ',
  '&a;',
];
const PNM_STARTS = ['P6 ', 'P7\n', 'P6 1', 'P1#', 'P7 \nWIDTH '];
const PNM_PARTS = [
  ' ',
  '#',
  '#\n',
  '1',
  '1 ',
  'ENDHDR ',
  'WIDTH \n',
  'WIDTH 1 ',
  '\n',
  '\r',
  'HEIGHT 1\n',
];

const latin1 = (text) => Buffer.from(text, 'latin1');

function repeated(start, part, length) {
  return Buffer.concat([latin1(start), Buffer.alloc(length, latin1(part))]);
}

function utf16(start, part, length) {
  const bytes = Buffer.alloc(length, Buffer.from(part, 'utf16le'));
  return Buffer.concat([Buffer.from(`\ufeff${start}`, 'utf16le'), bytes]);
}

function u32(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

/** A box of the ISO base media file format. */
function box(type, ...contents) {
  const body = Buffer.concat(contents);
  return Buffer.concat([u32(body.length + 8), latin1(type), body]);
}

function jpeg(length, random) {
  const segment = Buffer.alloc(2 + random.pick([2, 3, 4, 100, 1000, 65_535]));
  segment.writeUInt16BE(0xff00 + random.pick([0xe1, 0xfe, 0xc4, 0xdb, 0xff, 0xd0, 0x00]), 0);
  segment.writeUInt16BE(segment.length - 2, 2);
  const frame = latin1('\xff\xc0\0\x0b\x08\0\x10\0\x20\x01\0\0\0');
  return Buffer.concat([latin1('\xff\xd8'), Buffer.alloc(length, segment), frame]);
}

/** A directory far behind the header. */
function tiff(length, random) {
  const entries = latin1(
    '\x02\0\0\x01\x04\0\x01\0\0\0\x28\0\0\0\x01\x01\x04\0\x01\0\0\0\x1e\0\0\0',
  );
  const start = Buffer.alloc(8);
  start.write('II*\0', 'latin1');
  start.writeUInt32LE(8 + length - random.pick([0, 0, 1, length]), 4);
  return Buffer.concat([start, Buffer.alloc(length, random.below(256)), entries]);
}

/** A directory of as many entries as it can have, none or the last with a size. */
function tiffDirectory(length, random) {
  const entry = latin1(`${random.pick(['\x01\0', '\0\x01'])}\x04\0\x02\0\0\0\x28\0\0\0`);
  const isBig = random.oneIn(2);
  const start = isBig
    ? latin1(`II+\0\x08\0\0\0\x10${'\0'.repeat(7)}${'\xff'.repeat(8)}`)
    : latin1('II*\0\x08\0\0\0\xff\xff');
  return Buffer.concat([start, Buffer.alloc(length, entry)]);
}

/** A preview, and behind it directories that each name the next one, or all of which are listed. */
function tiffDirectories(length, random) {
  const entries = random.pick([1, 10, 1000, 65_535]);
  const size = 6 + 12 * entries;
  const count = Math.max(2, Math.min(500, Math.floor(length / size)));
  const kind = latin1('\xfe\0\x04\0\x01\0\0\0\x01\0\0\0');
  const parts = [latin1('II*\0\x08\0\0\0')];
  for (let index = 0; index < count; index += 1) {
    const directory = Buffer.alloc(size, kind);
    directory.writeUInt16LE(entries, 0);
    directory.writeUInt32LE(random.oneIn(50) ? 8 : 8 + (index + 1) * size, size - 4);
    if (random.oneIn(3)) directory.writeUInt16LE(330, 2);
    if (random.oneIn(3)) directory.writeUInt32LE(random.pick([2, 9, 2 ** 31]), 6);
    parts.push(directory);
  }
  return Buffer.concat(parts);
}

function gif(length, random) {
  const block = latin1(random.pick(['\x21\xfe\0', '\x01a', '\0', '\x21\xf9\x01a\x01b', '\xff']));
  const start = latin1(`GIF89a\x08\0\x06\0${random.pick(['\0', '\xff'])}\0\0`);
  const comment = latin1(random.pick(['', '\x21\xfe']));
  return Buffer.concat([start, comment, Buffer.alloc(length, block)]);
}

/** Very many items, before the primary one is named or behind it. */
function heifItems(length, random) {
  const entry = random.pick(['\0\x01\x01\x01', '\0\x02\0', `\0\x02\xff${'\x01'.repeat(255)}`]);
  const body = Buffer.alloc(length, latin1(entry));
  const numbered = random.oneIn(2) ? length - 2 : 0;
  for (let at = 0; at < numbered; at += entry.length) {
    body.writeUInt16BE((at / entry.length) % 65_536, at);
  }
  const count = random.pick([1, 60_000, 65_536, 2 ** 31]);
  const ipma = box('ipma', u32(random.pick([0, 1, 2 ** 24]), count), body);
  const iprp = box('iprp', box('ipco', box('ispe', u32(0, 40, 30))), ipma);
  const pitm = box('pitm', u32(0), latin1('\xff\xff'));
  const parts = random.oneIn(2) ? [pitm, iprp] : [iprp, pitm];
  return Buffer.concat([box('ftyp', latin1('heic'), u32(0)), box('meta', u32(0), ...parts)]);
}

/** Very many tracks, parts of one, or movies, and boxes of items that name none. */
function heifTracks(length, random) {
  const tkhd = box('tkhd', u32(0), Buffer.alloc(72), u32(2 ** 20, 2 ** 20));
  const mdia = box('mdia', box('hdlr', u32(0, 0), latin1(random.pick(['pict', 'soun']))));
  const tref = box('tref', Buffer.alloc(8 * random.pick([0, 1, 12_000]), box('auxl')));
  const trak = box('trak', ...[tkhd, tref, mdia].filter(() => !random.oneIn(4)));
  const part = random.pick([trak, tkhd, mdia, tref, box('moov', trak), box('meta', u32(0))]);
  const inner = Buffer.alloc(length - (length % part.length), part);
  const wrapped = random.pick([[], ['moov'], ['trak', 'moov']]);
  const file = wrapped.reduce((bytes, type) => box(type, bytes), inner);
  return Buffer.concat([box('ftyp', latin1('msf1'), u32(0)), file]);
}

function heif(length, random) {
  const brand = random.pick(['avif', 'heic', 'mif1']);
  const ispe = box('ispe', u32(0, 40, 30));
  const others = Buffer.alloc(8 * random.pick([0, 1, 9, 999, 9998, 10_001]), box('free'));
  const part = random.oneIn(4) ? box('pixi') : Buffer.concat([others, ispe]);
  const wrap = (type, bytes) => box(type, bytes);
  const ipco = wrap('ipco', Buffer.alloc(length, part));
  const meta = wrap('meta', Buffer.concat([u32(0), wrap('iprp', ipco)]));
  const inFront = random.oneIn(3) ? Buffer.alloc(length, box('free')) : Buffer.alloc(0);
  const brands = Buffer.alloc(random.pick([4, 400, 4000, 5000]), brand);
  return Buffer.concat([box('ftyp', latin1(brand), u32(0), brands), inFront, meta]);
}

function jp2(length, random) {
  const part = random.pick([box('free'), box('jp2h'), box('colr', u32(0)), box('ihdr')]);
  const header = random.oneIn(2) ? Buffer.concat([u32(length + 8), latin1('jp2h')]) : '';
  const signature = box('jP  ', latin1('\r\n\x87\n'));
  return Buffer.concat([signature, Buffer.from(header), Buffer.alloc(length, part)]);
}

function jxl(length, random) {
  const part = random.pick([
    box('jxlp', u32(0)),
    box('jxlp'),
    box('jxlc'),
    box('free'),
    Buffer.concat([Buffer.alloc(8 * 9998, box('free')), box('jxlp', u32(0))]),
  ]);
  return Buffer.concat([box('JXL ', latin1('\r\n\x87\n')), Buffer.alloc(length, part)]);
}

function icns(length, random) {
  const entry = Buffer.concat([latin1(random.pick(['icp4', 'TOC ', 'icm8', '\0\0\0\0'])), u32(8)]);
  return Buffer.concat([latin1('icns'), u32(length), Buffer.alloc(length, entry)]);
}

/** Any picture, with much behind its first bytes or in front of them. */
function padded(length, random, seeds) {
  const { bytes } = random.pick(seeds);
  const filling = Buffer.alloc(length, random.oneIn(2) ? bytes : random.below(256));
  const at = random.below(Math.min(bytes.length, 200));
  return Buffer.concat([bytes.subarray(0, at), filling, bytes.subarray(at)]);
}
