import { describe, expect, it } from 'vitest';
import { box, concat, fault, latin1, measure, size, u16be, u32be, zeros } from './build-bytes.ts';

const ftyp = (major: string, ...compatible: string[]) =>
  box('ftyp', major, u32be(0), ...compatible);
const ispe = (width: number, height: number) => box('ispe', u32be(0, width, height));
const pitm = (id: number) => box('pitm', u32be(0), u16be(id));
/** Which properties, by position from 1, each item has: the first list is of item 1. */
const ipma = (...items: number[][]) =>
  box(
    'ipma',
    u32be(0, items.length),
    ...items.map((positions, index) =>
      concat(u16be(index + 1), Buffer.from([positions.length, ...positions])),
    ),
  );
const iprp = (properties: Buffer[], ...associations: Buffer[]) =>
  box('iprp', box('ipco', ...properties), ...associations);
/** A file of one item, which has all of these properties. */
const meta = (...properties: Buffer[]) =>
  box('meta', u32be(0), pitm(1), iprp(properties, ipma(properties.map((_, index) => index + 1))));

describe('HEIF and AVIF', () => {
  const twoItems = (primary: number) =>
    concat(
      ftyp('heic'),
      box(
        'meta',
        u32be(0),
        pitm(primary),
        iprp([ispe(512, 512), box('pixi', u32be(0)), ispe(4000, 3000)], ipma([1], [2, 3])),
      ),
    );

  it('has the size of its primary item, whether others are larger or smaller', () => {
    expect(measure(twoItems(1))).toEqual(size(512, 512, 'heic'));
    expect(measure(twoItems(2))).toEqual(size(4000, 3000, 'heic'));
  });

  it('has its size before any crop', () => {
    const crop = box('clap', u32be(10, 7, 10, 1, 0, 1, 0, 1));
    expect(measure(concat(ftyp('avif'), meta(crop, ispe(40, 30))))).toEqual(size(40, 30, 'avif'));
  });

  it('may name its primary item last, and in 32 bits', () => {
    const properties = iprp([ispe(9, 9), ispe(40, 30)], ipma([1], [2]));
    const last = box('meta', u32be(0), properties, pitm(2));
    expect(measure(concat(ftyp('heic'), last))).toEqual(size(40, 30, 'heic'));
    const wide = concat(u32be(0x0100_0001, 1, 70_000), '\x01', u16be(0x8000 + 2));
    const id = box('pitm', u32be(0x0100_0000, 70_000));
    const long = box(
      'meta',
      u32be(0),
      id,
      iprp([ispe(9, 9), ispe(40, 30)], ipma([1]), box('ipma', wide)),
    );
    expect(measure(concat(ftyp('heic'), long))).toEqual(size(40, 30, 'heic'));
  });

  it('counts every box when it names a property, and takes the first size of an item', () => {
    const properties = [...Array(300).fill(box('free')), ispe(40, 30), ispe(9, 9)];
    const associations = box('ipma', u32be(1, 1), u16be(1), '\x02', u16be(301, 302));
    const body = box('meta', u32be(0), pitm(1), iprp(properties, associations));
    expect(measure(concat(ftyp('avif'), body))).toEqual(size(40, 30, 'avif'));
  });

  it('has the format of its major brand, or else of its compatible ones', () => {
    const formatOf = (...brands: [string, ...string[]]) =>
      measure(concat(ftyp(...brands), meta(ispe(4, 3))));
    expect(formatOf('mif1', 'heic')).toEqual(size(4, 3, 'heif'));
    expect(formatOf('avis', 'msf1', 'avif')).toEqual(size(4, 3, 'avif'));
    expect(formatOf('abcd', 'mif1', 'heic')).toEqual(size(4, 3, 'heic'));
    expect(formatOf('isom', 'mp42')).toMatchObject(fault('unsupported-format'));
  });

  it('may have its boxes in any order, with sizes of 32 or 64 bits or to the end', () => {
    const inner = meta(ispe(40, 30)).subarray(8);
    const data = concat(u32be(1), 'mdat', u32be(0, 1016), zeros(1000));
    const bodies = [
      concat(ftyp('avif'), data, meta(ispe(40, 30))),
      concat(ftyp('avif'), u32be(1), 'meta', u32be(0, inner.length + 16), inner),
      concat(ftyp('avif'), u32be(0), 'meta', inner),
    ];
    for (const body of bodies) expect(measure(body)).toEqual(size(40, 30, 'avif'));
  });

  it('may have a lot else in its meta box', () => {
    const properties = box(
      'iprp',
      box('ipco', ispe(40, 30)),
      ispe(999, 999),
      ipma([1]),
      ispe(999, 999),
    );
    const body = box('meta', u32be(0), box('idat', zeros(80_000)), pitm(1), properties);
    expect(measure(concat(ftyp('heic'), body))).toEqual(size(40, 30, 'heic'));
  });

  it('whose primary item has no size has no dimensions, whatever others have', () => {
    const bodies = [
      meta(box('pixi', u32be(0))),
      box('meta', u32be(0), box('hdlr')),
      box('meta', u32be(0), pitm(2), iprp([ispe(4, 3)], ipma([1]))),
      box('meta', u32be(0), iprp([ispe(4, 3)], ipma([1]))),
      meta(ispe(0, 0)),
    ];
    for (const body of bodies) {
      expect(measure(concat(ftyp('avif'), body))).toMatchObject(fault('no-dimensions'));
    }
  });

  it('with associations that go past their box is corrupt', () => {
    const broken = box('ipma', u32be(0, 2), u16be(2), '\x01\x01', u16be(1), '\x7f\x01');
    const body = box('meta', u32be(0), pitm(1), iprp([ispe(4, 3)], broken), zeros(200));
    expect(measure(concat(ftyp('avif'), body))).toMatchObject(fault('corrupt-image'));
  });

  it('with very many boxes or items is given up soon', () => {
    const tooMany = (what: string) => ({ code: 'corrupt-image', message: what });
    const some = Array(3000).fill(box('free'));
    const properties = (count: number) => [...Array(count).fill(some).flat(), ispe(40, 30)];
    const body = (count: number) => {
      const associations = box(
        'ipma',
        u32be(1, 1),
        u16be(1),
        '\x01',
        u16be(properties(count).length),
      );
      return concat(
        ftyp('avif'),
        box('meta', u32be(0), pitm(1), iprp(properties(count), associations)),
      );
    };
    expect(measure(body(3))).toEqual(size(40, 30, 'avif'));
    expect(measure(body(4))).toMatchObject(tooMany('the file has too many boxes'));

    const items = box('ipma', u32be(0, 70_000), zeros(300_000));
    const many = concat(ftyp('avif'), box('meta', u32be(0), pitm(1), iprp([ispe(4, 3)], items)));
    expect(measure(many)).toMatchObject(tooMany('the file has too many items'));
    const unnamed = ipma(...Array(5000).fill([1]));
    const early = concat(ftyp('avif'), box('meta', u32be(0), iprp([ispe(4, 3)], unnamed), pitm(1)));
    expect(measure(early)).toMatchObject(fault('corrupt-image'));
  });
});

describe('a HEIF with a mini box', () => {
  const brands = (coding: string) => box('ftyp', 'mif3', coding);
  /** Behind 16 bits of flags the sides less one, in 7 or in 15 bits each. */
  const mini = (isLarge: boolean, width: number, height: number) => {
    const bits = isLarge ? 15 : 7;
    const sides = [width - 1, height - 1].map((side) => side.toString(2).padStart(bits, '0'));
    const digits = `${isLarge ? 1 : 0}${sides.join('')}`.padEnd(32, '1');
    return box('mini', u16be(0x0640), u32be(Number.parseInt(digits, 2)), zeros(40));
  };

  it('has its sides in 7 or 15 bits, and its coding in place of the minor version', () => {
    expect(measure(concat(brands('avif'), mini(false, 128, 3)))).toEqual(size(128, 3, 'avif'));
    expect(measure(concat(brands('heic'), mini(true, 32_768, 300)))).toEqual(
      size(32_768, 300, 'heic'),
    );
    expect(measure(concat(brands('\0\0\0\0'), mini(true, 1, 1)))).toEqual(size(1, 1, 'heif'));
  });

  it('of another version is not guessed at', () => {
    const body = mini(false, 40, 30);
    body[8] = 0x40;
    expect(measure(concat(brands('avif'), body))).toMatchObject(fault('unsupported-format'));
  });
});

describe('an image sequence', () => {
  const tkhd = (width: number, height: number, version = 0) =>
    box('tkhd', u32be(version << 24), zeros(version === 0 ? 72 : 84), u16be(width, 0, height, 0));
  const hdlr = (handler: string) => box('hdlr', u32be(0, 0), handler, zeros(13));
  const trak = (handler: string, header: Buffer, ...others: Buffer[]) =>
    box('trak', header, ...others, box('mdia', box('mdhd', zeros(24)), hdlr(handler), box('minf')));
  const tref = (type: string) => box('tref', box(type, u32be(1)));
  const mdat = box('mdat', zeros(500));

  it('has the size of its first track of pictures, which is no other one’s', () => {
    const movie = box(
      'moov',
      box('mvhd', zeros(100)),
      trak('soun', tkhd(1, 1)),
      trak('auxv', tkhd(80, 60)),
      trak('pict', tkhd(80, 60), tref('auxl')),
      trak('pict', tkhd(20, 15), tref('thmb')),
      trak('pict', tkhd(40, 30, 1), tref('cdsc')),
      trak('pict', tkhd(90, 90)),
    );
    for (const [brand, format] of [
      ['msf1', 'heif'],
      ['hevc', 'heic'],
      ['avis', 'avif'],
    ] as const) {
      expect(measure(concat(ftyp(brand), mdat, movie))).toEqual(size(40, 30, format));
      expect(measure(concat(ftyp(brand), movie, mdat))).toEqual(size(40, 30, format));
    }
  });

  it('with a primary item has the size of that one, wherever it is', () => {
    const movie = box('moov', trak('pict', tkhd(40, 30)));
    const still = meta(ispe(80, 60));
    expect(measure(concat(ftyp('avis'), still, movie, mdat))).toEqual(size(80, 60, 'avif'));
    expect(measure(concat(ftyp('avis'), movie, mdat, still))).toEqual(size(80, 60, 'avif'));
    const notes = box('meta', u32be(0), hdlr('ID32'));
    expect(measure(concat(ftyp('avis'), notes, movie, mdat))).toEqual(size(40, 30, 'avif'));
  });

  it('that is cut off is corrupt: a primary item could have followed', () => {
    const movie = box('moov', trak('pict', tkhd(40, 30)));
    const body = concat(ftyp('avis'), movie, mdat).subarray(0, -1);
    expect(measure(body)).toMatchObject(fault('corrupt-image'));
  });

  it('without pictures has no dimensions', () => {
    const movies = [box('moov'), box('moov', trak('soun', tkhd(4, 3)))];
    for (const movie of movies) {
      const outcome = measure(concat(ftyp('msf1'), movie, mdat));
      expect(outcome).toMatchObject(fault('no-dimensions'));
    }
    const none = measure(concat(ftyp('avif'), latin1('\0\0\0\0mdat12345')));
    expect(none).toMatchObject({ message: 'the AVIF has no size' });
  });
});
