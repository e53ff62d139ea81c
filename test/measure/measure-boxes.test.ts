import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { box, concat, measure, size, u32be, zeros } from './build-bytes.ts';

describe('JPEG 2000 and JPEG XL', () => {
  const ihdr = box('ihdr', u32be(30, 40), zeros(6));
  const jp2 = (brand: string, ...header: Buffer[]) =>
    concat(box('jP  ', '\r\n\x87\n'), box('ftyp', brand, u32be(0)), box('jp2h', ...header));

  it('JP2 and JPX have their size in the header box, whatever else is in it', () => {
    expect(measure(jp2('jpx ', ihdr))).toEqual(size(40, 30, 'jp2'));
    expect(measure(jp2('jp2 ', ihdr, box('colr', zeros(600_000))))).toEqual(size(40, 30, 'jp2'));
  });

  it.each([
    ['jpm ', 'JPM (compound JPEG 2000)'],
    ['mjp2', 'Motion JPEG 2000'],
  ])('brand %j is said to be %s', (brand, name) => {
    const message = `got ${name}, which imgjob can't measure`;
    expect(measure(jp2(brand, ihdr))).toMatchObject({ code: 'unsupported-format', message });
  });

  it('a JP2 that is whole but has no header box names no size', () => {
    const body = concat(box('jP  ', '\r\n\x87\n'), box('ftyp', 'jp2 ', u32be(0)), box('free'));
    expect(measure(body)).toMatchObject({
      code: 'no-dimensions',
      message: 'the JP2 has no size',
    });
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
