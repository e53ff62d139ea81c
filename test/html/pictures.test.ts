import { describe, expect, it } from 'vitest';
import { isBelow, pictureSource } from '../../src/html/picture-folder.ts';
import type { ImageResult } from '../../src/results/results-schema.ts';
import { documentOf, failed, image, skipped, store } from '../support/documents.ts';
import { attributes, pageOf, textOf } from '../support/pages.ts';

const KEPT = { folder: './photos/' };
const NOWHERE = { folder: null };
const SIGNED = 'https://cdn.example/b.jpg?token=abc';

function pageFor(images: ImageResult[], pictures: { folder: string | null } | null) {
  return pageOf(documentOf([store(images)]), 'results.json', { pictures });
}

/** Which pictures a page may load. */
function sourcesOf(page: string): string | undefined {
  const [policy = ''] = attributes(page, 'content').filter((text) => text.includes('-src'));
  return /img-src ([^;]*)/.exec(policy)?.[1];
}

function filesOf(page: string): string[] {
  const [, json = '{}'] = /id="pictures-data">(.*?)<\/script>/.exec(page) ?? [];
  return JSON.parse(json).file;
}

describe('the pictures of a report', () => {
  const images = [image({ file: 'S1/0-a.jpg' }), image({ url: SIGNED }), failed(), skipped()];

  it('are not there unless they are asked for', async () => {
    const page = await pageFor(images, null);
    expect(sourcesOf(page)).toBe('data:');
    expect(page).not.toMatch(/S1\/0-a|pictures-data|id="gallery/);
  });

  it('are loaded by no page before a reader asks for it', async () => {
    const page = await pageFor(images, KEPT);
    expect(page).not.toContain('<img');
    expect(attributes(page, 'src')).toEqual([]);
  });

  it('are the files that were kept, and no others are allowed', async () => {
    const page = await pageFor(images, KEPT);
    expect(sourcesOf(page)).toBe("data: 'self' file:");
    expect(filesOf(page)).toEqual(['S1/0-a.jpg', '', '', '']);
    expect(textOf(page)).toContain('1 from the folder photos, which this page needs');
    expect(attributes(page, 'href')).toContain('#pictures');
  });

  it('come from their servers where no file was kept, but by no URL that holds a secret', async () => {
    const page = await pageFor([image(), image(), image({ url: SIGNED }), failed()], NOWHERE);
    expect(sourcesOf(page)).toBe('data: http: https:');
    expect(textOf(page)).toContain('2 from the servers that have them');
    expect(page).not.toContain('token=');
  });

  it('come from files and servers', async () => {
    const page = await pageFor([image({ file: 'S1/0-a.jpg' }), image()], KEPT);
    expect(sourcesOf(page)).toBe("data: 'self' file: http: https:");
    expect(textOf(page)).toContain(
      '1 from the folder photos, which this page needs, 1 from the servers',
    );
  });

  it('may be none, which is said', async () => {
    const page = await pageFor([image({ url: SIGNED }), failed()], KEPT);
    expect(sourcesOf(page)).toBe('data:');
    expect(textOf(page)).toContain('There are no pictures to show');
    expect(page).not.toContain('id="pictures"');
  });

  it('are none of a failed image, and none that is not below the folder', async () => {
    const files = ['../a.jpg', '/etc/a.jpg', 'S1/../../a.jpg', '..\\a.jpg', 'S1//a.jpg', '', '.'];
    const wrong = files.map((file) => image({ file, url: SIGNED }));
    const page = await pageFor([failed({ file: 'S1/0-a.jpg' }), ...wrong], KEPT);
    expect(filesOf(page)).toEqual(Array(8).fill(''));
  });

  it('have names that can not leave their place in the page', async () => {
    const file = 'S1/</script><img src=x onerror=alert(1)>';
    const page = await pageFor([image({ file })], KEPT);
    expect(page).not.toContain('<img');
    expect(filesOf(page)).toEqual([file]);
  });
});

describe("the folder of a report's pictures", () => {
  it.each([
    ['beside it', 'photos', 'report.html', './photos/'],
    ['beside it, somewhere else', '/work/photos/spring', '/work/report.html', './photos/spring/'],
    ['above it', '/work/photos', '/work/pages/report.html', './../photos/'],
    ['in which it is', '/work/photos', '/work/photos/report.html', './'],
    ['of any name', '/w/a b#?%/c:d', '/w/report.html', './a%20b%23%3F%25/c%3Ad/'],
    ['beside standard output', 'photos', null, './photos/'],
  ])('%s has a relative address', (_, folder, page, address) => {
    expect(pictureSource({ folder, page })).toEqual({ folder: address });
  });

  it('is none where none is known', () => {
    expect(pictureSource({ folder: null, page: 'report.html' })).toEqual({ folder: null });
  });

  it('has what is below it, whatever its name', () => {
    expect(isBelow('S1/0-..a.jpg')).toBe(true);
    expect(isBelow('...')).toBe(true);
    expect(isBelow('S1/..')).toBe(false);
  });
});
