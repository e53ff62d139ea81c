import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  box,
  concat,
  fault,
  measure,
  size,
  u16be,
  u16le,
  u32be,
  u32le,
  zeros,
} from './build-bytes.ts';

describe('HEIF and AVIF', () => {
  const ispe = (width: number, height: number) => box('ispe', u32be(0, width, height));
  const meta = (...properties: Buffer[]) =>
    box('meta', u32be(0), box('iprp', box('ipco', ...properties)));
  const ftyp = (major: string, ...compatible: string[]) =>
    box('ftyp', major, u32be(0), ...compatible);

  it('has the size of its largest picture, before any crop', () => {
    const pictures = concat(ftyp('heic'), meta(ispe(512, 512), ispe(4000, 3000), ispe(320, 240)));
    expect(measure(pictures)).toEqual(size(4000, 3000, 'heic'));
    const crop = box('clap', u32be(10, 7, 10, 1, 0, 1, 0, 1));
    expect(measure(concat(ftyp('avif'), meta(ispe(40, 30), crop)))).toEqual(size(40, 30, 'avif'));
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
    const properties = box('iprp', box('ipco', ispe(40, 30)), ispe(999, 999));
    const body = concat(
      ftyp('heic'),
      box('meta', u32be(0), box('idat', zeros(80_000)), properties),
    );
    expect(measure(body)).toEqual(size(40, 30, 'heic'));
  });

  it('without a size has no dimensions', () => {
    const bodies = [
      meta(box('pixi', u32be(0))),
      box('meta', u32be(0), box('hdlr')),
      meta(ispe(0, 0)),
    ];
    for (const body of bodies) {
      expect(measure(concat(ftyp('avif'), body))).toMatchObject(fault('no-dimensions'));
    }
  });
});

describe('JPEG 2000 and JPEG XL', () => {
  const ihdr = box('ihdr', u32be(30, 40), zeros(6));
  const jp2 = (brand: string, ...header: Buffer[]) =>
    concat(box('jP  ', '\r\n\x87\n'), box('ftyp', brand, u32be(0)), box('jp2h', ...header));

  it('JP2 and JPX have their size in the header box, whatever else is in it', () => {
    expect(measure(jp2('jpx ', ihdr))).toEqual(size(40, 30, 'jp2'));
    expect(measure(jp2('jp2 ', ihdr, box('colr', zeros(600_000))))).toEqual(size(40, 30, 'jp2'));
  });

  const stream = readFileSync(new URL('../../fixtures/images/codestream.jxl', import.meta.url));
  const jxl = (...boxes: Buffer[]) =>
    concat(box('JXL ', '\r\n\x87\n'), box('ftyp', 'jxl ', u32be(0), 'jxl '), ...boxes);
  const part = (number: number, from: number, to: number) =>
    box('jxlp', u32be(number), stream.subarray(from, to));

  it('JPEG XL may have its codestream behind metadata, in parts of any size, or to the end', () => {
    const bodies = [
      jxl(box('Exif', zeros(70_000)), box('jxlc', stream)),
      jxl(part(0, 0, 3), box('brob', 'xx'), part(1, 3, 5), part(0x8000_0002, 5, 64)),
      jxl(concat(u32be(0), 'jxlc', stream)),
    ];
    for (const body of bodies) expect(measure(body)).toEqual(size(110, 80, 'jxl'));
  });
});

describe('very many boxes', () => {
  const TOO_MANY = { code: 'corrupt-image', message: 'the file has too many boxes' };

  it.each([
    ['parts without contents', box('jxlp', u32be(0))],
    ['empty codestreams', box('jxlc')],
    ['other boxes between parts', concat(...Array(9000).fill(box('free')), box('jxlp', u32be(0)))],
  ])('in a JPEG XL are given up soon: %s', (_, part) => {
    const body = Buffer.alloc(300_000, part);
    expect(measure(concat(box('JXL ', '\r\n\x87\n'), body))).toMatchObject(TOO_MANY);
  });

  it('between the pictures of a HEIF are given up soon', () => {
    const picture = box('ispe', u32be(0, 40, 30));
    const some = concat(...Array(3000).fill(box('free')), picture);
    const body = (count: number) =>
      concat(
        box('ftyp', 'avif', u32be(0)),
        box('meta', u32be(0), box('iprp', box('ipco', ...Array(count).fill(some)))),
      );
    expect(measure(body(3))).toEqual(size(40, 30, 'avif'));
    expect(measure(body(4))).toMatchObject(TOO_MANY);
  });
});

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
