import { describe, expect, it } from 'vitest';
import { createMeasurer } from '../../src/measure/measure.ts';
import { processorTime } from '../support/times.ts';
import { fault, latin1, measure, size } from './build-bytes.ts';

describe('PNM', () => {
  it.each([
    ['P6 640 480 255\n', 640, 480],
    ['P5#c\n640#x\n480\n255\n', 640, 480],
    ['P1\t2\r\n3 ', 2, 3],
    ['PF\n9 8\n-1.0\n', 9, 8],
    ['Pf\n9 8\n-1.0\n', 9, 8],
    ['P7\n# WIDTH 99\nHEIGHT  8\nWIDTH 9\nDEPTH 1\nENDHDR\n', 9, 8],
  ])('%j', (text, width, height) => {
    expect(measure(text)).toEqual(size(width, height, 'pnm'));
  });

  it('may have long comments', () => {
    const comment = `#${'c'.repeat(60_000)}\n`;
    expect(measure(`P4\n${comment}9 8\n`)).toEqual(size(9, 8, 'pnm'));
    expect(measure(`P7\n${comment}WIDTH 9\nHEIGHT 8\nENDHDR\n`)).toEqual(size(9, 8, 'pnm'));
    const longer = `P6\n${comment}${comment}9 8\n`;
    expect(measure(longer)).toMatchObject(fault('no-dimensions'));
  });

  it.each([
    ['P6 64', 'corrupt-image'],
    ['P6 640 48', 'corrupt-image'],
    ['P6 12x 3 ', 'corrupt-image'],
    ['P7\nWIDTH 9\nHEIGHT 8', 'corrupt-image'],
    ['P6 0 0\n', 'no-dimensions'],
    ['P5 99999999999 3\n', 'no-dimensions'],
    ['P2P sharing', 'unsupported-format'],
    ['P9 1 1 ', 'unsupported-format'],
  ])('%j is %s', (text, code) => {
    expect(measure(text)).toMatchObject(fault(code));
  });
});

describe('SVG', () => {
  const tag = '<svg width="3" height="4"/>';

  it.each([
    ['behind a byte-order mark', `\xef\xbb\xbf${tag}`],
    ['behind many empty lines', '\n'.repeat(500) + tag],
    ['behind a long comment', `<!--${'c'.repeat(60_000)}-->${tag}`],
    [
      'behind a document type with strings and comments',
      `<?xml version="1.0"?><!DOCTYPE svg [ <!ENTITY a "x > ]> y"> <!-- ]> ' --> ]>${tag}`,
    ],
    ['after a long attribute', `<svg a="${'x'.repeat(30_000)}" width="3" height="4"/>`],
    ['after a ">" in an attribute', `<svg style=">" width='3' height='4'>`],
    ['among other quotes', `<svg width="3" title="a'b" height='4' desc='"'/>`],
    ['under a prefix', '<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="3" height="4"/>'],
    ['over another svg', '<svg width="3" height="4"><svg width="9" height="9"/></svg>'],
    ['with space and capitals', '<svg\nwidth\n=\n" 3 " height="4PX"\n/>'],
    ['in a viewBox with commas', '<svg viewBox="0 , 0,3\n4"/>'],
    ['in a viewBox beside "auto"', '<svg width="auto" height="auto" viewBox="-1 -1 3 4"/>'],
  ])('has its size %s, whole and byte by byte', (_where, text) => {
    expect(measure(text)).toEqual(size(3, 4, 'svg'));
    const measurer = createMeasurer({ url: 'http://img.example/x', content_type: null });
    for (const byte of latin1(text)) measurer.push(Uint8Array.of(byte));
    expect(measurer.end()).toEqual(size(3, 4, 'svg'));
  });

  it.each([
    ['<svg/>', 'no-dimensions'],
    ['<svg viewBox="0 0 1 NaN"/>', 'no-dimensions'],
    ['<svg viewBox="0 0 0 0"/>', 'no-dimensions'],
    ['<svg width="3" height="4"', 'corrupt-image'],
    ["<svg a=\"> width='3'", 'corrupt-image'],
    ['<!-- hi --><!doctype HTML><svg width="3" height="4"/>', 'unsupported-format'],
    ['<svgfoo width="3" height="4"/>', 'unsupported-format'],
    ['<3 you', 'unsupported-format'],
    ['   \n ', 'unsupported-format'],
    ['text <svg width="3" height="4"/>', 'unsupported-format'],
  ])('%j is %s', (text, code) => {
    expect(measure(text)).toMatchObject(fault(code));
  });

  it('with a root element beyond 64 KiB has no dimensions', () => {
    const text = `<svg a="${'x'.repeat(70_000)}" width="3" height="4"/>`;
    expect(measure(text)).toMatchObject(fault('no-dimensions'));
  });

  it.each(['<!--', '<!DOCTYPE [', '"', "<svg a='", '<?', 'a ', ' a=', '\n'])(
    'repeats %j without taking long',
    (piece) => {
      const time = processorTime(() => {
        measure(`<svg ${piece.repeat(20_000)}`);
        measure(`<!DOCTYPE x [${piece.repeat(20_000)}`);
      });
      expect(time).toBeLessThan(100);
    },
  );
});

describe('what is no image', () => {
  it.each([
    ['PK\x03\x04aaaa', 'zip'],
    ['\x1f\x8baaaa', 'gzip'],
    ['\x1a\x45\xdf\xa3aaaa', 'video'],
    ['RIFF1234AVI LIST', 'video'],
    ['<!doctype html>\n', 'HTML'],
    ['hello', 'the format is unknown'],
  ])('%j is said to be one (%s)', (text, message) => {
    const outcome = measure(text);
    expect(outcome).toMatchObject({ message: expect.stringContaining(message) });
    expect(outcome).toMatchObject(fault('unsupported-format'));
  });
});
