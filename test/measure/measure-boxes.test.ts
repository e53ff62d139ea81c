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
