import { describe, expect, it } from 'vitest';
import { createMeasurer } from '../../src/measure/measure.ts';
import { fault, measure, size } from './build-bytes.ts';

const svg = (attributes: string) =>
  measure(`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}/>`);

describe('a length in an SVG', () => {
  it.each([
    ['40', 40],
    ['40px', 40],
    [' +40PX ', 40],
    ['4e1', 40],
    ['.4E+2px', 40],
    ['2in', 192],
    ['2.54cm', 96],
    ['25.4mm', 96],
    ['381Q', 360],
    ['36pt', 48],
    ['8pc', 128],
    ['2em', 32],
    ['2rem', 32],
    ['2ex', 16],
    ['10.4', 10],
    ['10.5', 11],
  ])('of %j is %i pixels', (length, pixels) => {
    expect(svg(`width="${length}" height="7"`)).toEqual(size(pixels, 7, 'svg'));
    expect(svg(`width="7" height="${length}"`)).toEqual(size(7, pixels, 'svg'));
  });

  it.each(['50%', 'auto', '10vw', '1ch', '1m', 'calc(1px + 2px)', '10 px', '5.', '1e', 'junk', ''])(
    'of %j is not known: the other side and the viewBox say it',
    (length) => {
      expect(svg(`width="${length}" height="${length}" viewBox="0 0 12 8"`)).toEqual(
        size(12, 8, 'svg'),
      );
      expect(svg(`width="${length}" height="16" viewBox="0 0 12 8"`)).toEqual(size(24, 16, 'svg'));
    },
  );
});

describe('an SVG that names one side', () => {
  it('has the other by the viewBox', () => {
    expect(svg('width="60" viewBox="0 0 7 3"')).toEqual(size(60, 26, 'svg'));
    expect(svg('height="33" viewBox="-5,-5,120,80"')).toEqual(size(50, 33, 'svg'));
  });

  it('without a viewBox is 300 wide or 150 high', () => {
    expect(svg('width="60"')).toEqual(size(60, 150, 'svg'));
    expect(svg('height="60"')).toEqual(size(300, 60, 'svg'));
    expect(svg('width="60" viewBox="0 0 0 0"')).toEqual(size(60, 150, 'svg'));
  });

  it('has no dimensions where that is zero or less, or none is named', () => {
    for (const attributes of [
      'width="0" viewBox="0 0 4 3"',
      'height="-5"',
      'width="50%" height="50%"',
    ]) {
      expect(svg(attributes)).toMatchObject(fault('no-dimensions'));
    }
  });
});

describe('references in an SVG', () => {
  const declared = (entities: string, width: string) =>
    measure(`<!DOCTYPE svg [${entities}]><svg width="${width}" height="7"/>`);

  it('stand for characters and for entities of the internal subset', () => {
    expect(declared('', '&#52;&#x30;')).toEqual(size(40, 7, 'svg'));
    expect(declared("<!ENTITY w '40'>", '&w;px')).toEqual(size(40, 7, 'svg'));
    expect(declared('<!ENTITY w "&a;0">\n<!ENTITY a "&#52;">', '&w;')).toEqual(size(40, 7, 'svg'));
    expect(declared('<!ENTITY w "40"><!ENTITY w "9">', '&w;')).toEqual(size(40, 7, 'svg'));
    expect(declared('<!-- <!ENTITY w "9"> --><!ENTITY w "40">', '&w;')).toEqual(size(40, 7, 'svg'));
  });

  it('are found in a viewBox, and behind other declarations', () => {
    const others = '<!ENTITY % p "x"><!ENTITY e SYSTEM "file:///e"><!ATTLIST svg a CDATA "]>">';
    const body = `<!DOCTYPE svg [${others}<!ENTITY b "0 0 12 8">]><svg viewBox="&b;"/>`;
    expect(measure(body)).toEqual(size(12, 8, 'svg'));
  });

  it('that are not known, or come back to themselves, are no length', () => {
    for (const entities of ['', '<!ENTITY w "&w;">', '<!ENTITY w "&v;"><!ENTITY v "&w;">']) {
      expect(declared(entities, '&w;')).toEqual(size(300, 7, 'svg'));
    }
    expect(declared('', '&#x110000;')).toEqual(size(300, 7, 'svg'));
    expect(declared('', '&toString;')).toEqual(size(300, 7, 'svg'));
  });

  it('that multiply take no time', () => {
    const bomb = Array.from(
      { length: 30 },
      (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(30)}">`,
    );
    const began = performance.now();
    expect(declared(`<!ENTITY e0 "1">${bomb.join('')}`, '&e30;')).toEqual(size(300, 7, 'svg'));
    expect(declared('', '&#49;'.repeat(10_000))).toEqual(size(300, 7, 'svg'));
    expect(performance.now() - began).toBeLessThan(200);
  });
});

describe('an SVG in UTF-16', () => {
  const text = '\ufeff \n<?xml version="1.0"?><!-- é → 𝄞 --><svg width="30" a="→" height="40"/>';
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(text, 'utf16le').swap16();

  it('is read in either byte order, however it comes', () => {
    for (const body of [little, big]) {
      expect(measure(body)).toEqual(size(30, 40, 'svg'));
      const measurer = createMeasurer({ url: 'http://img.example/x', content_type: null });
      for (const byte of body) measurer.push(Uint8Array.of(byte));
      expect(measurer.end()).toEqual(size(30, 40, 'svg'));
    }
  });

  it('may be long', () => {
    const long = Buffer.from(`\ufeff<!--${'→'.repeat(90_001)}-->${text.slice(1)}`, 'utf16le');
    expect(measure(long)).toEqual(size(30, 40, 'svg'));
    expect(measure(long.swap16())).toEqual(size(30, 40, 'svg'));
  });

  it('is nothing else that begins with the mark', () => {
    for (const body of [Buffer.from('\ufeffhello', 'utf16le'), Buffer.from('fffe3c3c', 'hex')]) {
      expect(measure(body)).toMatchObject(fault('unsupported-format'));
    }
    expect(measure(little.subarray(0, 101))).toMatchObject(fault('corrupt-image'));
  });
});

describe('a long prolog of an SVG', () => {
  const tag = '<svg width="3" height="4"/>';
  const long = (count: number, piece: string) => piece.repeat(Math.ceil(count / piece.length));

  it.each([
    ['a comment', `<!--${long(200_000, ' - > ')}-->`],
    ['comments', long(200_000, '<!-- a --> ')],
    ['an instruction', `<?a ${long(200_000, '?')}?>`],
    ['space', long(200_000, ' \n')],
    ['an internal subset', `<!DOCTYPE svg [${long(200_000, '<!ENTITY e "x > ]">\n')}]>`],
    ['a string in it', `<!DOCTYPE svg [<!ENTITY e '${long(200_000, ']>"')}'>]>`],
  ])('is passed over: %s', (_, prolog) => {
    const began = performance.now();
    expect(measure(prolog + tag)).toEqual(size(3, 4, 'svg'));
    expect(performance.now() - began).toBeLessThan(500);
    expect(measure(prolog)).toMatchObject({ code: expect.stringMatching(/unsupported|corrupt/) });
  });

  it('is given up after 4 MiB, or after very many parts', () => {
    const body = `<!--${' '.repeat(5_000_000)}-->${tag}`;
    const message = 'got XML whose root element comes too late';
    const many = ['<!---->'.repeat(70_000), `<!DOCTYPE svg ${'[]'.repeat(70_000)}>`];
    for (const text of [body, ...many.map((prolog) => prolog + tag)]) {
      expect(measure(text)).toMatchObject({ code: 'unsupported-format', message });
    }
  });
});
