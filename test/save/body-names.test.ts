import { describe, expect, it } from 'vitest';
import { createBodyNames, safeName } from '../../src/save/body-names.ts';

/** The names of the first image of stores of these ids. */
async function namesOf(ids: string[], url = 'https://x.example/a/photo.JPG?x=1#y') {
  const store = async (position: number) => ({
    ...{ store_id: ids[position] ?? '', visit_time: null, images: [url] },
  });
  const names = await createBodyNames({ store_count: ids.length, store });
  return ids.map((store_id, position) =>
    names.path({ store: position, store_id, index: 0, url, format: 'png', isTaken: () => false }),
  );
}

describe('the name of a body', () => {
  it('has its store, its position, the name in its URL and the ending of its real format', async () => {
    expect(await namesOf(['S1'])).toEqual(['S1/0-photo.png']);
  });

  it.each([
    ['https://x.example/', '0-_.png'],
    ['https://user:secret@x.example', '0-_.png'],
    ['https://user:secret@x.example/a.jpg', '0-a.png'],
    ['https://user:secret@x.example?token=secret', '0-_.png'],
    ['https://x.example/a.jpg?name=/secret/b.jpg', '0-a.png'],
    ['https://x.example/a.jpg#/secret', '0-a.png'],
    ['https:\\\\user:secret@x.example\\a.jpg', '0-a.png'],
    ['https:user:secret@x.example', '0-_.png'],
    ['https://x.example/a%20b%2Fc.jpg', '0-a b_c.png'],
    ['https://x.example/%E0%A4%A.jpg', '0-%E0%A4%A.png'],
    ['https://x.example/..%2f..%2fetc%2fpasswd', '0-_.._etc_passwd.png'],
    ['https://x.example/a/..', '0-_.png'],
    ['https://x.example/aux.jpg', '0-_aux.png'],
    ['', '0-_.png'],
    [`https://x.example/${'ä'.repeat(400)}.jpg`, `0-${'ä'.repeat(50)}.png`],
  ])('of %j is %s', async (url, name) => {
    expect(await namesOf(['S1'], url)).toEqual([`S1/${name}`]);
  });

  it('is another one for each store, be they called alike', async () => {
    const ids = ['S1', 'S1', 's1', 'S1~2', 'a/b', 'a\\b', 'CON', 'con.txt', '..', '.', ' ', 'x.'];
    const folders = (await namesOf(ids)).map((name) => name.split('/')[0] ?? '');
    expect(folders.slice(0, 4)).toEqual(['S1', 'S1~2', 's1~3', 'S1_2']);
    expect(new Set(folders.map((name) => name.toLowerCase())).size).toBe(ids.length);
  });
});

it.each([
  ...['', '.', '..', '...', '/', '\\', 'a/../b', 'CON', 'nul.txt', 'COM1', 'lpt9.x', 'a:b', 'a*?'],
  ...['a\0b', 'a\nb', 'a\u202eb', '\ud800', ' a ', 'a.', 'x'.repeat(1000), '🏬'.repeat(100), '~'],
])('%j is a name that every file system takes', (text) => {
  const name = safeName(text);
  expect(name).not.toMatch(/[<>:"/\\|?*~\p{Cc}\u202e\ufffd]/u);
  expect(name).not.toMatch(/^[\s.]|[\s.]$|^$/);
  expect(name).not.toMatch(/^(con|nul|com1|lpt9)(\.|$)/i);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(101);
});
