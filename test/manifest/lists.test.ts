import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSource } from '../../src/files/seekable.ts';
import { findPlaces } from '../../src/manifest/place.ts';
import { createReader, inPieces, type Reader, storesOf } from './reading.ts';

let reader: Reader;
beforeAll(() => {
  reader = createReader();
});
afterAll(() => reader.remove());

const csv = { name: 'list.csv' };
const tsv = { name: 'list.tsv' };
const txt = { name: 'list.txt' };
const url = (name: string) => `https://x.example/${name}.jpg`;

async function storesIn(text: string | Buffer, options: { name: string }) {
  return storesOf((await reader.accept(text, options)).manifest);
}

/** The same in short: `S1 a,b`. */
async function namesIn(text: string | Buffer, options: { name: string }) {
  const stores = await storesIn(text, options);
  return stores.map(({ store_id, images }) => {
    return `${store_id} ${images.map((image) => image.replace(/^.*\/|\.jpg$/g, '')).join(',')}`;
  });
}

describe('a table', () => {
  it('has a row for each image; rows of one store_id and visit_time are one store', async () => {
    const text = [
      'store_id,image_url,visit_time',
      `S1,${url('a')},monday`,
      `S2,${url('b')},`,
      `S1,${url('c')},monday`,
      `S1,${url('d')},tuesday`,
      `S2,${url('e')},`,
    ].join('\n');
    expect(await storesIn(text, csv)).toEqual([
      { store_id: 'S1', visit_time: 'monday', images: [url('a'), url('c')] },
      { store_id: 'S2', visit_time: null, images: [url('b'), url('e')] },
      { store_id: 'S1', visit_time: 'tuesday', images: [url('d')] },
    ]);
  });

  it('keeps ids apart that read alike when put together with their time', async () => {
    const text = `store_id,url,visit_time\nS1,${url('a')},2\nS12,${url('b')},\n`;
    expect(await storesIn(text, csv)).toHaveLength(2);
  });

  it.each(['image_url', 'url', 'image', 'URL', ' Image_URL '])(
    'has its URLs in a column that is called "%s"',
    async (name) => {
      expect(await namesIn(`${name},store_id\n${url('a')},S1\n`, csv)).toEqual(['S1 a']);
    },
  );

  it.each(['Store ID,Image URL', 'store-id,IMAGE-url'])(
    'has columns as a spreadsheet may call them: %s',
    async (header) => {
      expect(await namesIn(`${header}\nS1,${url('a')}\n`, csv)).toEqual(['S1 a']);
    },
  );

  it('takes image_url before url before image; the others are not read', async () => {
    const text = `url,image,store_id,image_url\np,q,S1,${url('a')}\n`;
    const { manifest, warnings } = await reader.accept(text, csv);
    expect(await manifest.store(0)).toMatchObject({ images: [url('a')] });
    expect(warnings).toEqual(['ignored unknown columns: url, image']);
  });

  it('may have other columns, which one warning names', async () => {
    const text = `sku,store_id,image_url,"note, long"\n7,S1,${url('a')},\n`;
    const { warnings } = await reader.accept(text, csv);
    expect(warnings).toEqual(['ignored unknown columns: sku, "note, long"']);
  });

  it('has quotes as RFC 4180 has them', async () => {
    const text = `"store_id","image_url"\n"S ""1"", or so","https://x.example/a,b.jpg"\n"two\r\nlines","${url('c')}"\n`;
    expect(await storesIn(text, csv)).toEqual([
      { store_id: 'S "1", or so', visit_time: null, images: ['https://x.example/a,b.jpg'] },
      { store_id: 'two\r\nlines', visit_time: null, images: [url('c')] },
    ]);
  });

  it('may be parted by tabs', async () => {
    expect(await namesIn(`store_id\turl\nS1, of many\t${url('a')}\n`, tsv)).toEqual([
      'S1, of many a',
    ]);
  });

  it.each([';', '\t'])('is told by its header where a CSV is parted by "%s"', async (delimiter) => {
    const text = [`store_id,url,note`, `S1,${url('a')},x`].join('\n').replaceAll(',', delimiter);
    expect(await namesIn(text, csv)).toEqual(['S1 a']);
  });

  it.each(['sep=;', 'SEP=;', '"sep=;"', 'sep=|', 'sep=\t'])(
    'may say in its first line what parts its cells, as for Excel: %j',
    async (line) => {
      const delimiter = line.replaceAll('"', '').at(-1) ?? '';
      const rows = ['store_id,url', `S1,"${url('a')}"`].map((row) =>
        row.replaceAll(',', delimiter),
      );
      for (const mark of ['', '\ufeff']) {
        expect(await namesIn([mark + line, ...rows].join('\r\n'), csv)).toEqual(['S1 a']);
      }
    },
  );

  it('may have rows without their last cells, and with empty ones behind them', async () => {
    const text = `store_id,url,visit_time,note\nS1,${url('a')}\nS1,${url('b')},\nS1,${url('c')},,x,,\n`;
    expect(await namesIn(text, csv)).toEqual(['S1 a,b,c']);
  });

  it('may have ignored columns twice, and without a name', async () => {
    const text = `note,store_id,note,url,,,image,image\nx,S1,y,${url('a')},,z,p,q\n`;
    const { manifest, warnings } = await reader.accept(text, csv);
    expect(await manifest.store(0)).toMatchObject({ images: [url('a')] });
    expect(warnings).toEqual(['ignored unknown columns: note, image']);
  });

  it('of a header alone has no stores', async () => {
    expect(await storesIn('store_id,url\n', csv)).toEqual([]);
  });

  it('may have rows of empty cells, as spreadsheets write what was cleared', async () => {
    expect(await namesIn(`store_id,url\n\nS1,${url('a')}\n,\n"",\n  \n`, csv)).toEqual(['S1 a']);
  });

  it('with an empty URL has an image that can not be fetched: the others can', async () => {
    expect(await storesIn(`store_id,url\nS1,\nS1,${url('b')}\n`, csv)).toMatchObject([
      { images: ['', url('b')] },
    ]);
  });
});

describe('a list of URLs', () => {
  it('has a store for each line, named by the line', async () => {
    const text = `# photos\n${url('a')}\n\n  ${url('b')}  \n  # no\n${url('a')}`;
    expect(await storesIn(text, txt)).toEqual([
      { store_id: '2', visit_time: null, images: [url('a')] },
      { store_id: '4', visit_time: null, images: [url('b')] },
      { store_id: '6', visit_time: null, images: [url('a')] },
    ]);
  });

  it('has quotes as RFC 4180 has them, around a whole line', async () => {
    const text = '"https://x.example/a,b"\n "https://x.example/""c"""\nx"y\n"x\n';
    expect(await storesIn(text, txt)).toMatchObject([
      { images: ['https://x.example/a,b'] },
      { images: ['https://x.example/"c"'] },
      { images: ['x"y'] },
      { images: ['"x'] },
    ]);
  });

  it('may be empty', async () => {
    expect(await storesIn('', txt)).toEqual([]);
  });
});

describe.each([
  ['\n', '\\n'],
  ['\r\n', '\\r\\n'],
  ['\r', '\\r'],
])('with lines that end in %j', (end) => {
  const rows = ['store_id,url', `Sé,${url('a')}`, '', `S2,"${url('b')}"`, `Sé,${url('c')}`];

  it.each(['', '\ufeff'])('a table is read, with "%s" before it', async (mark) => {
    const text = mark + rows.join(end);
    expect(await namesIn(text, csv)).toEqual(['Sé a,c', 'S2 b']);
    expect(await namesIn(text + end, csv)).toEqual(['Sé a,c', 'S2 b']);
  });

  it('a list of URLs is read', async () => {
    const text = [`\ufeff${url('a')}`, '', url('b'), ''].join(end);
    expect(await namesIn(text, txt)).toEqual(['1 a', '3 b']);
  });
});

it('lines may end in many ways in one file', async () => {
  const text = `store_id,url\r\nS1,${url('a')}\rS2,${url('b')}\nS3,${url('c')}`;
  expect(await namesIn(text, csv)).toEqual(['S1 a', 'S2 b', 'S3 c']);
});

it('is read from standard input, however it comes', async () => {
  const text = `store_id,url\n"S, é",${url('a')}\n`;
  const outcome = await reader.readStdin(inPieces(text, 3), { format: 'csv' });
  if ('problems' in outcome) throw new Error('refused');
  expect(await storesOf(outcome.manifest)).toMatchObject([{ store_id: 'S, é' }]);
});

it('is kept as it was given, and read from there', async () => {
  const text = `\ufeffstore_id;url\r\nS1;${url('a')}\r\n`;
  const path = reader.write('kept.csv', text);
  const outcome = await reader.read(path);
  if ('problems' in outcome) throw new Error('refused');
  expect(outcome.text.form).toBe('csv');
  await outcome.text.copyTo(reader.path('copy.csv'));
  reader.write('kept.csv', 'changed');
  expect(await storesOf(outcome.manifest)).toMatchObject([{ store_id: 'S1', images: [url('a')] }]);
});

it('that changes while its job runs ends it', async () => {
  const path = reader.write('changes.csv', `store_id,url\nS1,${url('a')}\n`);
  const outcome = await reader.read(path);
  if ('problems' in outcome) throw new Error('refused');
  reader.write('changes.csv', `store_id,url\nS1,${url('another')}\n`);
  await expect(outcome.manifest.store(0)).rejects.toMatchObject({ code: 'manifest-changed' });
});

describe('the place of an image', () => {
  it('is that of its cell, with the name of the column', async () => {
    const text = `note,Image_URL,store_id\n"a\nb",${url('a')},S1\nx,"${url('b')}",S2\ny,${url('c')},S1\n`;
    const path = reader.write('places.csv', text);
    const wanted = [
      { store: 0, image: 1, url: url('c') },
      { store: 1, image: 0, url: url('b') },
      { store: 0, image: 0, url: url('a') },
      { store: 0, image: 0, url: url('other') },
    ];
    expect(await findPlaces(fileSource(path), 'auto', wanted)).toEqual([
      { line: 5, column: 3, path: 'Image_URL' },
      { line: 4, column: 3, path: 'Image_URL' },
      { line: 3, column: 4, path: 'Image_URL' },
      null,
    ]);
  });

  it('is its line in a list of URLs', async () => {
    const path = reader.write('places.txt', `#\n${url('a')}\n`);
    const wanted = [{ store: 0, image: 0, url: url('a') }];
    expect(await findPlaces(fileSource(path), 'auto', wanted)).toEqual([
      { line: 2, column: 1, path: '' },
    ]);
  });
});
