import { describe, expect, it } from 'vitest';
import { junitText } from '../../src/reports/junit.ts';
import { documentOf as documentOfJob } from '../../src/results/document.ts';
import type { ImageResult, StoreResult } from '../../src/results/results-schema.ts';
import { showUrl } from '../../src/terminal/prose.ts';
import { collect } from '../support/collect.ts';
import { documentOf, failed, image, skipped, store } from '../support/documents.ts';
import { everyOutcome, jobAfter } from '../support/every-outcome.ts';
import { casesOf, readJunit, schemaErrors } from '../support/junit.ts';

const textOf = async (document: Parameters<typeof junitText>[0]) =>
  (await collect(junitText(document))).join('');
const recorded = () => documentOfJob(jobAfter(everyOutcome()));
const NO_STORES = documentOf([]);
const NO_IMAGES = documentOf([store([], { store_id: 'S1', started_at: null, duration_ms: null })]);
const [BAD_URL, OTHER_URL] = ['https://cdn.example/b/404.png?…', 'https://cdn.example/b/3.jpg'];

describe('the JUnit report', () => {
  it('is a suite for each store and a case for each image, with why it failed or was left', async () => {
    const lines = (await textOf(recorded())).split('\n');
    expect(lines.slice(0, 2)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="every-outcome" tests="33" failures="23" errors="0" time="1.120">',
    ]);
    const from = lines.findIndex((line) => line.includes('<testsuite name="S-bad"'));
    const why = 'http-status: the sentence of http-status';
    expect(lines.slice(from, from + 12)).toEqual([
      '  <testsuite name="S-bad" id="1" tests="4" failures="2" errors="0" skipped="1" time="0.080" timestamp="2026-03-01T09:30:00.100Z">',
      '    <testcase name="image 1: https://cdn.example/b/1.jpg" classname="S-bad" time="0.438"/>',
      `    <testcase name="image 2: ${BAD_URL}" classname="S-bad" time="0.076"><failure type="http-status" message="${why}">image 2 of 4 (${BAD_URL})`,
      why,
      'host: cdn.example',
      'attempts: 1, in 0.076 s</failure></testcase>',
      `    <testcase name="image 3: ${OTHER_URL}" classname="S-bad" time="0.885"><failure type="http-status" message="${why}">image 3 of 4 (${OTHER_URL})`,
      why,
      'host: cdn.example',
      'attempts: 2, in 0.885 s</failure></testcase>',
      `    <testcase name="image 4: https://cdn.example/b/4.jpg" classname="S-bad" time="0.000"><skipped>image 3 had failed: ${why}</skipped></testcase>`,
      '  </testsuite>',
    ]);
  });

  it('of a job without stores is an empty list', async () => {
    expect(await textOf(NO_STORES)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
        '<testsuites name="spring-audit" tests="0" failures="0" errors="0" time="16.900">\n' +
        '</testsuites>\n',
    );
  });

  it('has an empty suite for a store without images', async () => {
    expect(await textOf(NO_IMAGES)).toContain(
      '\n  <testsuite name="S1" id="0" tests="0" failures="0" errors="0" skipped="0" time="0.000">\n' +
        '  </testsuite>\n',
    );
  });

  it('comes in blocks that are worth a write, however small the stores are', async () => {
    const stores = Array.from({ length: 2000 }, (_, index) =>
      store([image()], { store_id: `S${index}` }),
    );
    const blocks = await collect(junitText(documentOf(stores)));
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.length).toBeLessThan(10);
  });
});

describe('the JUnit schema', () => {
  it.each([
    ['every outcome there is', recorded],
    ['no stores', () => NO_STORES],
    ['a store without images', () => NO_IMAGES],
  ])('allows a report with %s', async (_, document) => {
    expect(await schemaErrors(await textOf(document()))).toEqual([]);
  });

  it('is one that a report can break', async () => {
    const xml = await textOf(recorded());
    expect(await schemaErrors(xml.replace('<testsuites ', '<testsuites skipped="9" '))).toEqual([
      expect.stringContaining("The attribute 'skipped' is not allowed"),
    ]);
    expect(await schemaErrors(xml.replace(']]&#62;', ']]>&'))).not.toEqual([]);
  });
});

describe('a reader of JUnit files', () => {
  it('counts what the results count', async () => {
    const document = recorded();
    const { suites, ...total } = await readJunit(await textOf(document));
    const { images, stores } = document.head.summary;
    expect(total).toEqual({
      name: 'every-outcome',
      tests: images.total,
      failures: images.failed,
      errors: 0,
      time: document.head.duration_ms / 1000,
    });
    const sum = (counts: (number | undefined)[]) => counts.reduce((a = 0, b = 0) => a + b, 0);
    expect(suites).toHaveLength(stores.total);
    expect(sum(suites.map(({ tests }) => tests))).toBe(images.total);
    expect(sum(suites.map(({ failures }) => failures))).toBe(images.failed);
    expect(sum(suites.map((suite) => suite.skipped))).toBe(images.skipped + images.pending);
  });

  it('finds each store and image of the results, and what became of it', async () => {
    const document = recorded();
    const { suites } = await readJunit(await textOf(document));
    const stores = await collect(document.stores());
    expect(suites.map(({ id }) => Number(id))).toEqual(stores.map((_, index) => index));
    for (const [index, one] of stores.entries()) {
      expect(suites[index]).toMatchObject({
        tests: one.images.length,
        time: (one.duration_ms ?? 0) / 1000,
        cases: one.images.map((_, position) => expectedCase(one, position)),
      });
      expect(suites[index]?.timestamp).toBe(one.started_at ?? undefined);
    }
  });

  it('is told why an image was left', async () => {
    const left = (await casesOf(await textOf(recorded()))).filter((one) => one.skipped.length > 0);
    expect(left.map(({ classname, skipped }) => [classname, ...skipped]).slice(-4)).toEqual([
      [
        expect.stringMatching(/^S"'<script>/),
        expect.stringMatching(/^image 1 had failed: http-st/),
      ],
      ['S-skipped', 'the job was stopped at a failed store'],
      ['S-ongoing', 'not finished: the job was interrupted'],
      ['S-pending', 'not finished: the job was interrupted'],
    ]);
  });

  it('takes no two cases for the same one, whatever the stores are called', async () => {
    const ids = ['S', 'S (visit 2)', 'S', 'S\u0001', 'S', '\u0007', ' ', 'S (visit 2)'];
    const stores = ids.map((store_id) => store([failed(), skipped()], { store_id }));
    const xml = await textOf(documentOf(stores));
    expect((await readJunit(xml)).suites.map(({ name }) => name)).toEqual([
      'S',
      'S (visit 2)',
      'S (visit 3)',
      'S (visit 4)',
      'S (visit 5)',
      '(no name)',
      '(no name) (visit 2)',
      'S (visit 2) (visit 2)',
    ]);
    const cases = await casesOf(xml);
    expect(new Set(cases.map(({ classname, name }) => `${classname}\n${name}`)).size).toBe(16);
  });
});

function expectedCase({ images }: StoreResult, position: number) {
  const result = images[position] ?? image();
  return {
    name: expect.stringMatching(new RegExp(`^image ${position + 1}: http`)),
    time: (result.duration_ms ?? 0) / 1000,
    error: [],
    failure: result.error ? [expectedFailure(result, result.error)] : [],
    skipped: result.status === 'skipped' || result.status === 'pending' ? [expect.any(String)] : [],
  };
}

function expectedFailure(
  { url, attempts }: ImageResult,
  { code, host }: { code: string; host: string | null },
) {
  const inner = [showUrl(url), code, host ?? '', `attempts: ${attempts}`];
  return {
    type: code,
    message: expect.stringMatching(new RegExp(`^${code}: .`)),
    inner: expect.toSatisfy((text: string) => inner.every((part) => text.includes(part))),
  };
}
