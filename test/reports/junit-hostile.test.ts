import { describe, expect, it } from 'vitest';
import { junitText } from '../../src/reports/junit.ts';
import { documentOf as documentOfJob } from '../../src/results/document.ts';
import { collect } from '../support/collect.ts';
import { documentOf, failed, NOT_FOUND, store } from '../support/documents.ts';
import { everyOutcome, jobAfter } from '../support/every-outcome.ts';
import { readJunit, schemaErrors } from '../support/junit.ts';
import { createRandom } from '../support/random.ts';

const textOf = async (document: Parameters<typeof junitText>[0]) =>
  (await collect(junitText(document))).join('');

// XML 1.0, 2.2.
const NO_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** What of a text can be seen: no controls, nothing unassigned; a lone surrogate is shown as U+FFFD. */
const visible = (text: string) => text.toWellFormed().replace(/[\p{C}\u2028\u2029]/gu, '');

/** A document of stores with these ids; the same text is in the URL, the message and the host. */
const documentWith = (texts: string[]) =>
  documentOf(
    texts.map((text) => {
      const error = { ...NOT_FOUND, message: text, host: text };
      return store([failed({ url: `https://cdn.example/${text}`, error })], { store_id: text });
    }),
  );

/** What a reader finds of such a text: in the suite, the class, the message and the body. */
async function foundIn(xml: string) {
  return (await readJunit(xml)).suites.map(({ name = '', cases: [one] }) => {
    const [failure] = one?.failure ?? [];
    return {
      name: visible(name),
      classname: visible(one?.classname ?? ''),
      message: visible(failure?.message ?? ''),
      inner: visible(failure?.inner ?? ''),
    };
  });
}

const found = (text: string) => ({
  name: visible(text),
  classname: visible(text),
  message: visible(`http-status: ${text}`),
  inner: expect.stringContaining(visible(`http-status: ${text}host: ${text}attempts: 1`)),
});

describe('hostile text in the JUnit report', () => {
  it('is text to a reader, markup and all', async () => {
    const { suites } = await readJunit(await textOf(documentOfJob(jobAfter(everyOutcome()))));
    const id = 'S"\'<script>alert(1)</script>]]>&amp;{{x}}`|[31m\ufffd😀';
    const url = 'http://evil.example/<img src=x onerror=alert(2)>/]]>/a\'b"c|d`e.png?…';
    const message = 'http-status: 500 </script><script>alert(3)</script>]]>[2J--><!--|`';
    const place = `image 1 of 2 (${url})`;
    expect(suites[2]).toMatchObject({
      name: id,
      cases: [
        {
          name: `image 1: ${url}`,
          classname: id,
          failure: [
            {
              type: 'http-status',
              message,
              inner: `${place}\n${message}\nhost: evil.example\nattempts: 1, in 0.038 s`,
            },
          ],
        },
        { name: `image 2: ${url}`, skipped: [`image 1 had failed: ${message}`] },
      ],
    });
  });

  it('gives away no user name, password, query or fragment of a URL', async () => {
    const xml = await textOf(documentOfJob(jobAfter(everyOutcome())));
    expect(xml).toContain('https://cdn.example/b/404.png?…');
    expect(xml).not.toMatch(/secret|user:|token|abc|#f/);
  });

  it('keeps every character that can be seen', async () => {
    const texts = [
      '<&>"\'',
      ']]>',
      '<!-- -- -->',
      '<![CDATA[x]]>',
      '&#0;&lt;&nope;',
      '%x;',
      'é漢😀',
    ];
    const xml = await textOf(documentWith(texts));
    expect(await foundIn(xml)).toEqual(texts.map(found));
    expect(await schemaErrors(xml)).toEqual([]);
  });

  it.each([1, 2, 3, 4])('is well-formed and whole whatever it is (seed %i)', async (seed) => {
    const texts = randomTexts(seed, 150);
    const xml = await textOf(documentWith(texts));
    expect(xml).not.toMatch(NO_XML);
    expect(await schemaErrors(xml)).toEqual([]);
    expect(await foundIn(xml)).toEqual(texts.map(found));
  });

  it('may be cut in the middle of a character', async () => {
    const url = `https://cdn.example/${'x'.repeat(279)}😀`;
    const document = documentOf([store([failed({ url })])]);
    const xml = await textOf(document);
    expect(xml).not.toMatch(NO_XML);
    expect(await schemaErrors(xml)).toEqual([]);
  });
});

/** Texts that are each different: every control and lone surrogate is in one of them. */
function randomTexts(seed: number, count: number): string[] {
  const { below } = createRandom(seed);
  const unit = () => {
    const low = [0xa0, 0x80, 0x10000][below(3)] ?? 0;
    return below(4) === 0 ? 0xd800 + below(0x800) : below(low);
  };
  const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code));
  const special = [
    ...controls,
    '\ud800',
    '\udfff',
    '\ufffe',
    '\uffff',
    '\u{1ffff}',
    ']]>',
    '&',
    '<',
  ];
  return Array.from({ length: count }, (_, index) => {
    const units = Array.from({ length: below(30) }, () => String.fromCharCode(unit()));
    const place = below(units.length + 1);
    units.splice(place, 0, ...special.slice(index * 2, index * 2 + 2));
    return `${index}x${units.join('')}`;
  });
}
