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
  heif,
  jp2,
  jxl,
  icns,
  svg: (length, random) => repeated(random.pick(XML_STARTS), random.pick(XML_PARTS), length),
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
