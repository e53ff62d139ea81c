import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Fault, Size } from '../../src/job/effects.ts';
import { createMeasurer } from '../../src/measure/measure.ts';
import { processorTime } from '../support/times.ts';

const FIXTURES = new URL('../../fixtures/', import.meta.url);
const sizes = z
  .record(z.string(), z.object({ width: z.number(), height: z.number(), format: z.string() }))
  .parse(JSON.parse(readFileSync(new URL('images/expected.json', FIXTURES), 'utf8')));
const fixtures = Object.entries(sizes).map(([name, expected]) => ({
  name,
  expected,
  bytes: new Uint8Array(readFileSync(new URL(name, FIXTURES))),
}));

function measure(chunks: Iterable<Uint8Array>, name = 'x'): Size | Fault {
  const measurer = createMeasurer({ url: `http://img.example/${name}`, content_type: null });
  for (const chunk of chunks) measurer.push(chunk);
  return measurer.end();
}

const measureText = (text: string | Buffer, name?: string) => measure([Buffer.from(text)], name);

/** The fixture as one chunk of a larger buffer, as the network hands it out. */
function inLargerBuffer(bytes: Uint8Array): Buffer {
  const pool = Buffer.alloc(bytes.length + 200, 0x7f);
  pool.set(bytes, 100);
  return pool.subarray(100, 100 + bytes.length);
}

describe.each(fixtures)('$name', ({ name, expected, bytes }) => {
  it('is measured right', () => {
    expect(measure([bytes], name)).toEqual(expected);
    expect(measure([inLargerBuffer(bytes)], name)).toEqual(expected);
  });

  it('is measured the same byte by byte', () => {
    const single = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    expect(measure(single, name)).toEqual(expected);
  });

  it('is measured the same in two pieces, wherever its first kilobyte is cut', () => {
    for (let cut = 1; cut < Math.min(1024, bytes.length); cut += 1) {
      expect(measure([bytes.subarray(0, cut), bytes.subarray(cut)], name)).toEqual(expected);
    }
  });

  it('cut off anywhere in its first bytes gives a fault or the right size, never a wrong one', () => {
    for (let length = 0; length < Math.min(400, bytes.length); length += 1) {
      const outcome = measure([inLargerBuffer(bytes.subarray(0, length))], name);
      if ('code' in outcome)
        expect(outcome.code).toMatch(
          /^(corrupt-image|unsupported-format|empty-body|no-dimensions)$/,
        );
      else expect(outcome).toEqual(expected);
    }
  });
});

describe('what is no image', () => {
  it.each([
    ['', 'empty-body', ''],
    ['<!DOCTYPE html><html><svg width="3" height="4"></svg></html>', 'unsupported-format', 'HTML'],
    [
      '<html lang="de"><body><svg width="3" height="4"/></body></html>',
      'unsupported-format',
      'HTML',
    ],
    ['<?xml version="1.0"?><rss><svg width="3" height="4"/></rss>', 'unsupported-format', 'XML'],
    ['{"error":"not found"}', 'unsupported-format', 'JSON'],
    ['%PDF-1.7', 'unsupported-format', 'PDF'],
    ['BMW is a maker of cars and motorcycles', 'unsupported-format', 'the format is unknown'],
    ['P2P is peer to peer', 'unsupported-format', 'the format is unknown'],
    ['plain text', 'unsupported-format', 'the format is unknown'],
    [Buffer.alloc(1000), 'unsupported-format', 'the format is unknown'],
  ])('%j', (text, code, message) => {
    expect(measureText(text)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('is said with the type it was sent as, safe to show', () => {
    const hint = { url: 'http://img.example/', content_type: 'text/\u001b[31mplain' };
    const measurer = createMeasurer(hint);
    measurer.push(Buffer.from('hello'));
    expect(measurer.end()).toMatchObject({
      message: 'the format is unknown (sent as text/[31mplain)',
    });
  });
});

describe('SVG', () => {
  const svg = (attributes: string) => measureText(`<svg ${attributes}></svg>`);
  const size = (width: number, height: number) => ({ width, height, format: 'svg' });

  it('has its size in width and height, in a viewBox, or in one of each', () => {
    expect(svg('width="30" height="40px"')).toEqual(size(30, 40));
    expect(svg("viewBox='0 0 120 80'")).toEqual(size(120, 80));
    expect(svg('viewBox=" 0,0 , 120,\n80 "')).toEqual(size(120, 80));
    expect(svg('width="60" viewBox="0 0 120 80"')).toEqual(size(60, 40));
    expect(svg('width="100%" height="100%" viewBox="0 0 12 8"')).toEqual(size(12, 8));
    expect(svg('width = "3" data-width="9" height\n=\n"4"')).toEqual(size(3, 4));
  });

  it.each([
    '',
    'width="0" height="0"',
    'width="1e400" height="3"',
    'viewBox="junk"',
    'viewBox="0 0 100"',
    'width="-3" height="4"',
    'width="99999999999" height="4"',
  ])('with <svg %s> has no dimensions', (attributes) => {
    expect(svg(attributes)).toMatchObject({ code: 'no-dimensions' });
  });
});

describe('hostile headers', () => {
  const png = (width: number, height: number) => {
    const bytes = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
    const sides = Buffer.alloc(17);
    sides.writeUInt32BE(width, 0);
    sides.writeUInt32BE(height, 4);
    return Buffer.concat([bytes, sides]);
  };

  it('of no pixels, or of more than 2^31 − 1 on a side, have no dimensions', () => {
    expect(measureText(png(0, 5))).toMatchObject({ code: 'no-dimensions' });
    expect(measureText(png(2 ** 31, 5))).toMatchObject({ code: 'no-dimensions' });
    expect(measureText(png(2 ** 31 - 1, 5))).toMatchObject({ width: 2 ** 31 - 1 });
  });

  it('of a JPEG with endless metadata are passed over, not kept', () => {
    const segment = Buffer.alloc(65_537);
    segment.write('ffe1ffff', 'hex');
    const before = process.memoryUsage().arrayBuffers;
    const measurer = createMeasurer({ url: 'http://img.example/', content_type: null });
    measurer.push(Buffer.from('ffd8', 'hex'));
    for (let count = 0; count < 800; count += 1) measurer.push(segment);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
    measurer.push(Buffer.from('ffc00011080010002003', 'hex'));
    expect(measurer.end()).toEqual({ width: 32, height: 16, format: 'jpg' });
  });

  it('of a HEIF with very many boxes take bounded time', () => {
    const box = (type: string, payload: Buffer) => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(payload.length + 8);
      head.write(type, 4);
      return Buffer.concat([head, payload]);
    };
    const ispe = box('ispe', Buffer.alloc(12, 1));
    const meta = (count: number) => {
      const ipco = box('ipco', Buffer.concat(Array.from({ length: count }, () => ispe)));
      return box('meta', Buffer.concat([Buffer.alloc(4), box('iprp', ipco)]));
    };
    const ftyp = box('ftyp', Buffer.from('avif\0\0\0\0avif'));
    const many = Buffer.concat([ftyp, meta(3200)]);
    expect(processorTime(() => measureText(many))).toBeLessThan(1500);
    expect(measureText(Buffer.concat([ftyp, meta(50_000)]))).toMatchObject({
      code: 'no-dimensions',
    });
  });

  it('mutated at random never throw, never hang, and never give a size out of range', () => {
    let state = 42;
    const random = (below: number) => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return Math.floor((state / 2 ** 32) * below);
    };
    const measureOne = () => {
      const fixture = fixtures[random(fixtures.length)];
      const bytes = Uint8Array.from(fixture?.bytes.subarray(0, 3000) ?? []);
      for (let change = 0; change < 1 + random(6); change += 1) {
        bytes[random(Math.min(bytes.length, 200))] = random(3) === 0 ? 0xff : random(256);
      }
      const outcome = measure([bytes], fixture?.name);
      if ('code' in outcome) return;
      expect(Number.isInteger(outcome.width) && outcome.width >= 1).toBe(true);
      expect(Math.max(outcome.width, outcome.height)).toBeLessThan(2 ** 31);
    };
    const all = () => {
      for (let round = 0; round < 6000; round += 1) measureOne();
    };
    expect(processorTime(all, 1)).toBeLessThan(10_000);
  });
});
