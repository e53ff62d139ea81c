import { describe, expect, it } from 'vitest';
import { concat, fault, measure, size, u16be, u16le, u32be, u32le, zeros } from './build-bytes.ts';

describe('TIFF', () => {
  const entry = (tag: number, type: number, ...value: number[]) =>
    concat(u16le(tag, type), u32le(1), Buffer.from(value));
  const tiff = (...entries: Buffer[]) =>
    concat('II*\0', u32le(8), u16le(entries.length), ...entries, u32le(0));
  const height = entry(257, 4, 30, 0, 0, 0);

  it('has its sides as bytes, shorts or longs, of either byte order', () => {
    for (const type of [1, 3, 4]) {
      expect(measure(tiff(entry(256, type, 40, 0, 0, 0), height))).toEqual(size(40, 30, 'tiff'));
    }
    const shorts = (tag: number, value: number) => concat(u16be(tag, 3), u32be(1), u16be(value, 0));
    const big = concat('MM\0*', u32be(8), u16be(2), shorts(256, 40), shorts(257, 30));
    expect(measure(big)).toEqual(size(40, 30, 'tiff'));
  });

  it('BigTIFF may have its directory far behind, and sides of 64 bits', () => {
    const long8 = (tag: number, value: number) => concat(u16be(tag, 16), u32be(0, 1, 0, value));
    const directory = concat(u32be(0, 2), long8(256, 40), long8(257, 30));
    const body = concat('MM\0+', u16be(8, 0), u32be(0, 100_016), zeros(100_000), directory);
    expect(measure(body)).toEqual(size(40, 30, 'tiff'));
  });

  it('without a readable side has no dimensions, without a directory is corrupt', () => {
    const floating = entry(256, 11, 0, 0, 0, 0);
    expect(measure(tiff(floating, height))).toMatchObject(fault('no-dimensions'));
    expect(measure(tiff(height))).toMatchObject(fault('no-dimensions'));
    for (const offset of [0, 5_000_000]) {
      const body = concat('II*\0', u32le(offset), zeros(50));
      expect(measure(body)).toMatchObject(fault('corrupt-image'));
    }
  });
});

type Entry = [tag: number, ...values: number[]];

const [KIND, OLD_KIND, WIDTH, HEIGHT, COLOURS, MAKE, SUB, DNG] = [
  254, 255, 256, 257, 262, 271, 330, 50_706,
];
const SENSOR = 32_803;

/** Directories of entries that are longs, each with the values of which it has several behind it. */
function raw(directories: Entry[][], { next = true } = {}): Buffer {
  let at = 8;
  const written = directories.map((entries, index) => {
    let valuesAt = at + 6 + 12 * entries.length;
    const values: Buffer[] = [];
    const bytes = entries.map(([tag, ...numbers]) => {
      const start = concat(u16be(tag, 4), u32be(numbers.length));
      if (numbers.length === 1) return concat(start, u32be(...numbers));
      values.push(u32be(...numbers));
      valuesAt += 4 * numbers.length;
      return concat(start, u32be(valuesAt - 4 * numbers.length));
    });
    at = valuesAt;
    const isLast = index === directories.length - 1;
    return concat(u16be(entries.length), ...bytes, u32be(next && !isLast ? at : 0), ...values);
  });
  return concat('MM\0*', u32be(8), ...written);
}

/** Where a directory begins when those before it have so many entries. */
const placeAfter = (...entries: number[]) => entries.reduce((at, count) => at + 6 + 12 * count, 8);
const sides = (width: number, height: number): Entry[] => [
  [WIDTH, width],
  [HEIGHT, height],
];

describe('camera raw', () => {
  it('has the size of the directory that is the picture, not of the thumbnail before it', () => {
    const thumbnail: Entry[] = [[KIND, 1], ...sides(160, 106), [MAKE, 0]];
    const first = placeAfter(5) + 12;
    const [preview, picture, other] = [first, first + 42, first + 84];
    const body = raw(
      [
        [...thumbnail, [SUB, picture, preview, other]],
        [[KIND, 1], ...sides(570, 375)],
        [[KIND, 0], ...sides(3040, 2014)],
        [[KIND, 16], ...sides(6080, 4028)],
      ],
      { next: false },
    );
    expect(measure(body)).toEqual(size(3040, 2014, 'tiff'));
  });

  it('may have its picture in the next directory, or a page', () => {
    const thumbnail: Entry[] = [[KIND, 1], ...sides(16, 10)];
    for (const kind of [0, 2]) {
      const body = raw([
        thumbnail,
        [[KIND, 1], ...sides(8, 5)],
        [[KIND, kind], ...sides(160, 100)],
      ]);
      expect(measure(body)).toEqual(size(160, 100, 'tiff'));
    }
    expect(measure(raw([thumbnail, sides(160, 100)]))).toEqual(size(160, 100, 'tiff'));
  });

  it('may have its picture first, and previews under it', () => {
    const preview: Entry[] = [[KIND, 1], ...sides(160, 106)];
    const told = raw([[[KIND, 0], ...sides(400, 300), [MAKE, 0], [SUB, placeAfter(5)]], preview]);
    expect(measure(told)).toEqual(size(400, 300, 'tiff'));
    const untold = raw([[...sides(400, 300), [MAKE, 0], [SUB, placeAfter(4)]], preview]);
    expect(measure(untold)).toEqual(size(400, 300, 'tiff'));
  });

  it('is known by what the sensor saw where nothing says what is a preview', () => {
    const sensor: Entry[] = [...sides(400, 300), [COLOURS, SENSOR]];
    const previewFirst = raw([[...sides(16, 12), [DNG, 0], [SUB, placeAfter(4)]], sensor]);
    expect(measure(previewFirst)).toEqual(size(400, 300, 'tiff'));
    expect(measure(raw([[...sensor, [MAKE, 0]], sides(16, 12)]))).toEqual(size(400, 300, 'tiff'));
  });

  it('that does not say which is its picture is named as such', () => {
    const thumbnail: Entry[] = [[KIND, 1], ...sides(16, 12), [MAKE, 0]];
    const bodies = [
      raw([thumbnail]),
      raw([thumbnail, sides(400, 300)]),
      raw([[...sides(16, 12), [MAKE, 0], [SUB, placeAfter(4)]], sides(400, 300)]),
      raw([[...sides(16, 12), [MAKE, 0], [SUB, 3]]]),
      raw([
        [[OLD_KIND, 2], ...sides(16, 12), [MAKE, 0]],
        [[KIND, 4], ...sides(400, 300)],
      ]),
      raw([[[KIND, 1], ...sides(16, 12), [SUB, 3]]]),
    ];
    for (const body of bodies) {
      expect(measure(body)).toMatchObject({
        code: 'unsupported-format',
        message: expect.stringContaining('camera raw'),
      });
    }
  });

  it.each([
    ['CR2', concat('II*\0', u32le(16), 'CR\x02\0', u32le(0), u16le(1, 256, 3), u32le(1, 160, 0))],
    ['IIQ', concat('II*\0', u32le(32), 'IIIICwaR', zeros(40))],
    ['CR3', concat(u32be(24), 'ftypcrx ', u32be(1), 'crx isom')],
    ['ORF', concat('IIRO', u32le(8), zeros(40))],
    ['RW2', concat('IIU\0', u32le(24), zeros(40))],
    ['RAF', concat('FUJIFILMCCD-RAW 0201', zeros(40))],
  ])('%s is named, and not measured', (name, body) => {
    const message = `got camera raw (${name}), which imgjob can't measure`;
    expect(measure(body)).toMatchObject({ code: 'unsupported-format', message });
  });

  it('of a thumbnail alone, without a word of a camera, is that picture', () => {
    expect(measure(raw([[[KIND, 1], ...sides(16, 12)]]))).toEqual(size(16, 12, 'tiff'));
  });

  it('whose directories point to each other is given up soon', () => {
    const thumbnail: Entry[] = [[KIND, 1], ...sides(16, 12), [MAKE, 0]];
    const many = raw(Array(2000).fill(thumbnail));
    const began = performance.now();
    expect(measure(many)).toMatchObject(fault('unsupported-format'));
    expect(measure(raw([[...thumbnail, [SUB, 8, 8, 8]]]))).toMatchObject(
      fault('unsupported-format'),
    );
    expect(performance.now() - began).toBeLessThan(500);
  });
});
