import * as zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { type RawServer, rawAnswer, serveRaw } from '../support/raw-answers.ts';
import { attemptImage } from './attempts.ts';
import { createDownloader, OPTIONS } from './downloads.ts';

const IMAGE = makePng(40, 30);
const { gzipSync, deflateSync, deflateRawSync, brotliCompressSync } = zlib;
const GZIP = gzipSync(IMAGE);
// What node:zlib can't be made to write: a header with all that RFC 1952 allows in it.
const FULL_HEADER = Buffer.concat([
  Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3]),
  Buffer.from('a name\0a comment\0\x01\x02', 'latin1'),
  GZIP.subarray(10),
]);
const junk = (body: Buffer) => Buffer.concat([body, Buffer.from('junk junk')]);
const members = (...parts: Buffer[]) => Buffer.concat(parts.map((part) => gzipSync(part)));
const compressZstd: unknown = Reflect.get(zlib, 'zstdCompressSync');

/** The lines of Content-Encoding, and the body: all of them this image. */
const READ: Record<string, [lines: string[], body: Buffer]> = {
  'none at all': [[], IMAGE],
  identity: [['identity'], IMAGE],
  'an empty line': [[''], IMAGE],
  'aws-chunked': [['aws-chunked'], IMAGE],
  'a charset': [['utf-8'], IMAGE],
  none: [['none'], IMAGE],
  binary: [['binary'], IMAGE],
  'a property of all objects': [['constructor'], IMAGE],
  'another such property': [['__proto__, toString'], IMAGE],
  'no coding, and gzip': [['aws-chunked,gzip'], GZIP],
  gzip: [['gzip'], GZIP],
  'gzip in capitals, between blanks': [[' \tGZip\t '], GZIP],
  'x-gzip': [['x-gzip'], GZIP],
  'gzip with all that its header may have': [['gzip'], FULL_HEADER],
  'gzip in two members': [['gzip'], members(IMAGE.subarray(0, 30), IMAGE.subarray(30))],
  'gzip without its trailer': [['gzip'], GZIP.subarray(0, -8)],
  'gzip with half of its trailer': [['gzip'], GZIP.subarray(0, -4)],
  'gzip and junk': [['gzip'], junk(GZIP)],
  'gzip and zeros': [['gzip'], Buffer.concat([GZIP, Buffer.alloc(1000)])],
  deflate: [['deflate'], deflateSync(IMAGE)],
  'raw deflate': [['deflate'], deflateRawSync(IMAGE)],
  'raw deflate that compresses nothing': [['deflate'], deflateRawSync(IMAGE, { level: 0 })],
  'deflate and junk': [['deflate'], junk(deflateSync(IMAGE))],
  'deflate without its checksum': [['deflate'], deflateSync(IMAGE).subarray(0, -4)],
  br: [['br'], brotliCompressSync(IMAGE)],
  'br and junk': [['br'], junk(brotliCompressSync(IMAGE))],
  'a list of two': [['gzip, gzip'], gzipSync(GZIP)],
  'a list, decoded from its end': [['deflate, br'], brotliCompressSync(deflateSync(IMAGE))],
  'two lines': [['gzip', 'br'], brotliCompressSync(GZIP)],
  'an empty line and another': [['', 'br'], brotliCompressSync(IMAGE)],
  'identity and another': [['identity', 'gzip'], GZIP],
  'five of them': [
    ['gzip, gzip, gzip, gzip, gzip'],
    [1, 2, 3, 4].reduce((body) => gzipSync(body), GZIP),
  ],
  ...(typeof compressZstd === 'function' ? { zstd: [['zstd'], compressZstd(IMAGE)] } : {}),
};

/** What they end in, and the message. */
const REFUSED: Record<string, [lines: string[], body: Buffer, code: string, message: string]> = {
  'an unknown coding, and no image in it': [
    ['x-own'],
    Buffer.alloc(300, 7),
    'unsupported-format',
    'the body has an unknown encoding: x-own',
  ],
  'an unknown coding, and a page': [
    ['x-own'],
    Buffer.from('<!doctype html><html><body>Sorry</body></html>'),
    'unsupported-format',
    'got an HTML page, not an image',
  ],
  'gzip that is none': [['gzip'], IMAGE, 'corrupt-image', 'the body is not valid gzip'],
  'damaged gzip': [
    ['gzip'],
    Buffer.concat([GZIP.subarray(0, 10), Buffer.alloc(40, 0xff)]),
    'corrupt-image',
    'the body is not valid gzip',
  ],
  'damaged deflate': [
    ['deflate'],
    Buffer.alloc(40, 0xff),
    'corrupt-image',
    'the body is not valid deflate',
  ],
  'damaged br': [['br'], Buffer.alloc(40, 0xff), 'corrupt-image', 'the body is not valid br'],
  'gzip cut off in its header': [
    ['gzip'],
    GZIP.subarray(0, 7),
    'truncated',
    'the gzip body is cut off',
  ],
  'gzip cut off in its data': [
    ['gzip'],
    GZIP.subarray(0, -12),
    'truncated',
    'the gzip body is cut off',
  ],
  'raw deflate cut off': [
    ['deflate'],
    deflateRawSync(IMAGE).subarray(0, -3),
    'truncated',
    'the deflate body is cut off',
  ],
  'a list cut off': [
    ['gzip, br'],
    brotliCompressSync(GZIP).subarray(0, -3),
    'truncated',
    'the gzip, br body is cut off',
  ],
  'more than it may be, whole': [
    ['gzip'],
    gzipSync(Buffer.concat([IMAGE, Buffer.alloc(20_000_000)])),
    'too-large',
    'the body is larger than 1000000 bytes',
  ],
  'more than it may be, on the way': [
    ['gzip, gzip'],
    gzipSync(members(IMAGE, Buffer.alloc(1_500_000_000))),
    'too-large',
    'the body is larger than 1000000 bytes',
  ],
  'more members than a file has': [
    ['gzip'],
    Buffer.concat(Array.from({ length: 2500 }, () => gzipSync(''))),
    'corrupt-image',
    'the body is not valid gzip',
  ],
};

function answer(lines: string[], body: Buffer): Buffer {
  const codings = lines.map((line) => `Content-Encoding: ${line}`);
  return rawAnswer([...codings, `Content-Length: ${body.length}`], body);
}

let server: RawServer;
beforeAll(async () => {
  const all = Object.entries({ ...READ, ...REFUSED });
  server = await serveRaw(
    Object.fromEntries(all.map(([name, [lines, body]]) => [name, answer(lines, body)])),
  );
});
afterAll(() => server.close());

async function attempt(name: string) {
  const { download, close } = createDownloader(OPTIONS);
  try {
    return await attemptImage(download, server.url(name));
  } finally {
    await close();
  }
}

describe('a Content-Encoding as it is met is read', () => {
  it.each(Object.keys(READ))('%s', async (name) => {
    expect(await attempt(name)).toMatchObject({ code: 'measured', message: '40 x 30 png' });
  });
});

describe('a Content-Encoding that does not hold is refused', () => {
  it.each(Object.entries(REFUSED))('%s', async (name, [, , code, message]) => {
    expect(await attempt(name)).toMatchObject({ code, message, status: 200 });
  });
});
