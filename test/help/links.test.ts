import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isTopic, TOPICS } from '../../src/help/topics.ts';

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
  const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
  const linked = [...readme.matchAll(/\(src\/help\/([\w-]+)\.md\)/g)].map(([, name = '']) => name);
  expect([...new Set(linked.filter(isTopic))].toSorted()).toEqual(Object.keys(TOPICS).toSorted());
});
