import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processorTime } from '../support/times.ts';
import { concat, fault, measure, size, u16be, u16le, u32be, u32le, zeros } from './build-bytes.ts';

describe('JPEG', () => {
  const frame = (marker: number, width: number, height: number) =>
    concat(Buffer.from([0xff, marker, 0, 17, 8]), u16be(height, width), '\x03', zeros(9));

  it.each([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])(
    'has its size in every kind of frame (marker %i)',
    (marker) => {
      expect(measure(concat('\xff\xd8', frame(marker, 30, 20)))).toEqual(size(30, 20, 'jpg'));
    },
  );

  it('may have fill bytes, bare markers and garbage before its frame', () => {
    const stray = ['\xff'.repeat(1000), '\xff\xd0', '\xff\xe0\0\x04abgarbage\xff\0 and more'];
    for (const bytes of stray) {
      const body = concat('\xff\xd8', bytes, frame(0xc0, 30, 20));
      expect(measure(body)).toEqual(size(30, 20, 'jpg'));
    }
  });

  it('may have a size that spells "Exif"', () => {
    const body = concat('\xff\xd8', frame(0xc0, 0x6966, 0x4578));
    expect(measure(body)).toEqual(size(0x6966, 0x4578, 'jpg'));
  });

  it('is corrupt when its picture or its end comes first, or its frame has another length', () => {
    const scan = concat('\xff\xd8\xff\xda\0\x08123456', frame(0xc0, 3, 2));
    const end = concat('\xff\xd8\xff\xd9', frame(0xc0, 3, 2));
    const odd = concat('\xff\xd8\xff\xc0\0\x02\x08', u16be(20, 30), '\x03');
    for (const body of [scan, end, odd])
      expect(measure(body)).toMatchObject(fault('corrupt-image'));
  });

  it('in name only, JPEG-LS, is named', () => {
    const body = concat('\xff\xd8\xff\xe0\0\x02', frame(0xf7, 30, 20));
    const message = "got JPEG-LS, which imgjob can't measure";
    expect(measure(body)).toMatchObject({ code: 'unsupported-format', message });
  });

  it('has no dimensions when its height is left to come later (DNL)', () => {
    const body = concat('\xff\xd8', frame(0xc0, 30, 0));
    expect(measure(body)).toMatchObject(fault('no-dimensions'));
  });

  it('of nothing but stray bytes is given up soon', () => {
    for (const stray of ['\xff', '\0', '\xff\xd0']) {
      const message = 'the JPEG has no frame header';
      const body = `\xff\xd8${stray.repeat(70_000)}`;
      expect(measure(body)).toMatchObject({ code: 'corrupt-image', message });
      expect(processorTime(() => measure(body))).toBeLessThan(500);
    }
    const few = measure(`\xff\xd8${'\xff'.repeat(1000)}`);
    expect(few).toMatchObject({ message: 'the JPG header is cut off after 1002 bytes' });
  });

  it('of nothing but empty segments is given up soon', () => {
    const body = '\xff\xe0\0\x02'.repeat(20_000);
    expect(measure(`\xff\xd8${body}`)).toMatchObject(fault('corrupt-image'));
  });
});

describe('GIF', () => {
  const frame = (...sides: number[]) => concat('\x2c', u16le(...sides), zeros(3));
  const gif = (width: number, height: number, ...blocks: (Buffer | string)[]) =>
    concat('GIF89a', u16le(width, height), '\x80\0\0', zeros(6), ...blocks);
  const comment = `\x21\xfe\x03abc\x01d\0`;

  it('has the size of its screen, whatever comes before its first frame', () => {
    expect(measure(gif(40, 30, frame(5, 5, 10, 10)))).toEqual(size(40, 30, 'gif'));
    const stray = gif(40, 30, comment, '\0', '\x21\xf9\x04\0\0\0\0\0', frame(0, 0, 40, 30));
    expect(measure(stray)).toEqual(size(40, 30, 'gif'));
  });

  it('is as large as its first frame where that goes past the screen', () => {
    expect(measure(gif(40, 30, frame(0, 0, 50, 20)))).toEqual(size(50, 30, 'gif'));
    expect(measure(gif(40, 30, frame(30, 5, 20, 40)))).toEqual(size(50, 45, 'gif'));
    expect(measure(gif(0, 0, frame(0, 0, 8, 6), frame(0, 0, 90, 90)))).toEqual(size(8, 6, 'gif'));
  });

  it('without a frame is corrupt, also one of endless comments', () => {
    expect(measure(gif(40, 30, comment, ';'))).toMatchObject({ message: 'the GIF has no picture' });
    expect(measure(gif(40, 30, comment))).toMatchObject(fault('corrupt-image'));
    const began = performance.now();
    expect(measure(gif(40, 30, '\x21\xfe\0'.repeat(100_000)))).toMatchObject(
      fault('corrupt-image'),
    );
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('WebP', () => {
  const webp = (chunk: string, data: string) =>
    concat('RIFF', u32le(12 + data.length), 'WEBP', chunk, u32le(data.length), data);

  it('may be as short as its header', () => {
    expect(measure(webp('VP8L', '\x2f\0\0\0\0'))).toEqual(size(1, 1, 'webp'));
  });

  it('lossless may have bytes that look like the lossy signature', () => {
    const body = webp('VP8L', `\x2f\0\0\x9d\x01\x2a${zeros(10)}`);
    expect(measure(body)).toEqual(size(1, 1 + (0x9d << 2) + (1 << 10), 'webp'));
  });

  it('may have the reserved bits of its flags set', () => {
    expect(measure(webp('VP8X', '\xd1\0\0\0\x09\0\0\x04\0\0'))).toEqual(size(10, 5, 'webp'));
  });

  it('is corrupt without the signature of its kind', () => {
    expect(measure(webp('VP8L', zeros(20)))).toMatchObject(fault('corrupt-image'));
    expect(measure(webp('VP8 ', '\x01'.repeat(20)))).toMatchObject(fault('corrupt-image'));
  });
});

describe('BMP, ICO and ICNS', () => {
  it('text that begins with "BM" is no BMP, a cut BMP is corrupt', () => {
    expect(measure('BMW builds')).toMatchObject(fault('unsupported-format'));
    expect(measure(concat('BM', u32le(100, 0)))).toMatchObject(fault('corrupt-image'));
  });

  const ico = (...sides: number[]) => {
    const start = 6 + 16 * sides.length;
    const entries = sides.map((side) =>
      concat(Buffer.from([side, side, 0, 0]), u16le(1, 32), u32le(10, start)),
    );
    return concat(u16le(0, 1, sides.length), ...entries);
  };

  it('an icon has the size of its largest image, where 0 stands for 256', () => {
    expect(measure(ico(16, 0, 48))).toEqual(size(256, 256, 'ico'));
    expect(measure(ico(16), { url: 'http://img.example/a.tga' })).toEqual(size(16, 16, 'ico'));
  });

  it('an icon whose images lie within its directory is corrupt', () => {
    const body = concat(u16le(0, 1, 1), Buffer.from([16, 16, 0, 0]), u16le(1, 32), u32le(10, 3));
    expect(measure(body)).toMatchObject(fault('corrupt-image'));
  });

  const icns = (...types: string[]) => {
    const entries = types.map((type) => concat(type, u32be(28), zeros(20)));
    return concat('icns', u32be(8 + 28 * types.length), ...entries);
  };

  it('an ICNS has the size of its largest entry, whatever else is in it', () => {
    expect(measure(icns('TOC ', 'icp4', 'ic07', 'icnV', 'abcd'))).toEqual(size(128, 128, 'icns'));
    expect(measure(icns('ic12'))).toEqual(size(64, 64, 'icns'));
    expect(measure(icns('abcd'))).toMatchObject(fault('no-dimensions'));
  });

  it('an ICNS cut between two entries is corrupt: a larger one may be missing', () => {
    expect(measure(icns('icp4', 'ic10').subarray(0, 36))).toMatchObject(fault('corrupt-image'));
  });
});

describe('other fixed headers', () => {
  it('KTX may be big-endian, and KTX 2 as short as its size', () => {
    const ktx = concat('\xabKTX 11\xbb\r\n\x1a\n\x04\x03\x02\x01', zeros(20), u32be(40, 30));
    const ktx2 = concat('\xabKTX 20\xbb\r\n\x1a\n', u32le(37, 1, 40, 30));
    expect(measure(ktx)).toEqual(size(40, 30, 'ktx'));
    expect(measure(ktx2)).toEqual(size(40, 30, 'ktx'));
  });

  it('a JPEG 2000 codestream has its image from an offset on', () => {
    const body = concat('\xff\x4f\xff\x51', u16be(47, 0), u32be(100, 90, 10, 20), zeros(40));
    expect(measure(body)).toEqual(size(90, 70, 'j2c'));
  });

  it('a cut header says after how many bytes', () => {
    const body = concat('\x89PNG\r\n\x1a\n', u32be(13), 'IHDR', u32be(3));
    expect(measure(body)).toMatchObject({ message: 'the PNG header is cut off after 20 bytes' });
  });
});

describe('TGA', () => {
  const tga = concat(
    '\x05\x01\x01',
    u16le(0, 1),
    '\x18',
    zeros(4),
    u16le(40, 30),
    '\x18',
    zeros(9),
  );
  const png = readFileSync(new URL('../../fixtures/demo/images/price-tags.png', import.meta.url));

  it('is taken for one only where the content type or the path says so', () => {
    expect(measure(tga, { content_type: 'Image/X-TGA; q=1' })).toEqual(size(40, 30, 'tga'));
    expect(measure(tga, { url: 'http://img.example/a.TGA?x=1' })).toEqual(size(40, 30, 'tga'));
    for (const url of ['http://img.example/a?x=b.tga', 'not a url']) {
      expect(measure(tga, { url })).toMatchObject(fault('unsupported-format'));
    }
  });

  it('is not believed against the bytes', () => {
    const url = 'http://img.example/a.tga';
    expect(measure(png, { url })).toEqual(size(400, 300, 'png'));
    expect(measure(zeros(100), { url })).toMatchObject(fault('corrupt-image'));
    expect(measure('<!doctype html><p>not found</p>', { url })).toMatchObject(
      fault('unsupported-format'),
    );
  });
});
