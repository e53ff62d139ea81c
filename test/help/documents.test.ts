import { existsSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { isTopic, TOPICS } from '../../src/help/topics.ts';
import { imageResultSchema } from '../../src/results/results-schema.ts';
import { BLOCKS, DOCUMENTS, README } from '../support/readme.ts';

const ROOT = new URL('../../', import.meta.url);
const paths = ['README.md', ...Object.keys(TOPICS).map((topic) => `src/help/${topic}.md`)];

/** What GitHub makes of a heading. */
function anchorOf(heading: string): string {
  const words = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '');
  return `#${words.replaceAll(' ', '-')}`;
}

function anchorsOf(markdown: string): string[] {
  const prose = markdown.replace(/^ *```[\s\S]*?^ *```/gm, '');
  return [...prose.matchAll(/^#+ (.*)/gm)].map(([, heading = '']) => anchorOf(heading));
}

it.each(paths)('the links of %s lead somewhere', (path) => {
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const url = new URL(target, new URL(path, ROOT));
    const { hash } = url;
    url.hash = '';
    expect(existsSync(url), target).toBe(true);
    if (hash !== '') expect(anchorsOf(readFileSync(url, 'utf8')), target).toContain(hash);
  }
});

it('the README leads to every page', () => {
  const linked = [...README.matchAll(/\(src\/help\/([\w-]+)\.md\)/g)].map(([, name = '']) => name);
  expect([...new Set(linked.filter(isTopic))].toSorted()).toEqual(Object.keys(TOPICS).toSorted());
});

it('the README is read in some minutes, and shows a whole result', () => {
  expect(Buffer.byteLength(README)).toBeLessThanOrEqual(12_000);
  const results = BLOCKS.filter(({ code }) => code.startsWith('{\n  "url"'));
  expect(results.map(({ code }) => imageResultSchema.parse(JSON.parse(code)).width)).toEqual([640]);
});

it('its picture of a terminal is an SVG that shows a run up to its summary', async () => {
  const contents = readFileSync(new URL('.github/pictures/terminal.svg', ROOT), 'utf8');
  // Refuses what is not well-formed.
  expect(await sharp(Buffer.from(contents)).metadata()).toMatchObject({ format: 'svg' });
  for (const text of ['$ imgjob run manifest.json', '>failed</text>', 'results']) {
    expect(contents).toContain(text);
  }
});

/** Words that sent readers to the dictionary, and sentences that had to be read twice. */
const HARD = [
  /\btold\b/i,
  /\bit is no\b/i,
  /\bis as good as\b/i,
  /\bhow manieth\b/i,
  /\bwhat (?:has|is) no\b/i,
  /\bbesides\.$/m,
  /\bnobody foresaw\b/i,
];

it('all of them use common words', () => {
  const found = DOCUMENTS.flatMap((text) => HARD.flatMap((hard) => hard.exec(text)?.[0] ?? []));
  expect(found).toEqual([]);
});
