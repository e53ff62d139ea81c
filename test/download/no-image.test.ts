import type { Socket } from 'node:net';
import { brotliCompressSync, createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { type RawServer, rawAnswer, serveRaw } from '../support/raw-answers.ts';
import { attemptImage } from './attempts.ts';
import { createDownloader, OPTIONS } from './downloads.ts';

const IMAGE = makePng(40, 30);
const PART = Buffer.from(
  `--frame\r\nContent-Type: image/png\r\n\r\n${IMAGE.toString('latin1')}\r\n`,
);
const MULTIPART = 'Content-Type: multipart/x-mixed-replace; boundary=frame';
const BLOCK = 4096;

/** Bytes that each answer sent until its connection was closed. */
const sent: Record<string, number> = {};

/** Pours without end, at some 400 kB a second. */
function pour(name: string, first: Buffer, block: Buffer) {
  return (socket: Socket) => {
    sent[name] = 0;
    socket.write(first);
    const timer = setInterval(() => {
      socket.write(block);
      sent[name] = (sent[name] ?? 0) + block.length;
    }, 10);
    socket.once('close', () => clearInterval(timer));
  };
}

/** A page that is compressed as it is written. */
function pourGzip(socket: Socket): void {
  const gzip = createGzip();
  socket.write(rawAnswer(['Content-Encoding: gzip']));
  gzip.pipe(socket);
  gzip.write('<!doctype html><html>');
  gzip.flush();
  sent['an endless page in gzip'] = 0;
  const timer = setInterval(() => {
    gzip.write(Buffer.from(Array.from({ length: BLOCK }, () => 97 + Math.random() * 26)));
    gzip.flush();
    sent['an endless page in gzip'] = (sent['an endless page in gzip'] ?? 0) + BLOCK;
  }, 10);
  socket.once('close', () => clearInterval(timer));
}

const page = rawAnswer(['Content-Type: text/html'], '<!doctype html><html>');
const text = Buffer.alloc(BLOCK, 'x');
const chunk = Buffer.from(`${BLOCK.toString(16)}\r\n${text}\r\n`);

/** What comes without end, and the verdict on it. */
const ENDLESS: Record<string, [first: Buffer, block: Buffer, message: string]> = {
  'an endless page': [page, text, 'got an HTML page, not an image'],
  'an endless page in chunks': [
    rawAnswer(['Transfer-Encoding: chunked'], '15\r\n<!doctype html><html>\r\n'),
    chunk,
    'got an HTML page, not an image',
  ],
  'a page of 900 kB': [
    rawAnswer(['Content-Length: 900000'], '<!doctype html><html>'),
    text,
    'got an HTML page, not an image',
  ],
  'a camera': [rawAnswer([MULTIPART], PART), PART, 'the format is unknown (sent as'],
  'a video': [rawAnswer([], '\x1a\x45\xdf\xa3'.padEnd(40)), text, 'the format is unknown'],
  'a PDF': [rawAnswer([], '%PDF-1.7'), text, 'got a PDF, not an image'],
  'a JPEG whose header is broken': [
    rawAnswer([], Buffer.from('ffd8ffc00002', 'hex')),
    text,
    'the JPEG has a broken frame header',
  ],
};

const SMALL = 200;
let server: RawServer;
beforeAll(async () => {
  const endless = Object.entries(ENDLESS).map(
    ([name, [first, block]]) => [name, pour(name, first, block)] as const,
  );
  const decodesToMuch = brotliCompressSync(Buffer.concat([IMAGE, Buffer.alloc(40_000_000)]));
  server = await serveRaw({
    ...Object.fromEntries(endless),
    'an endless page in gzip': pourGzip,
    'a small page': rawAnswer([`Content-Length: ${SMALL}`], '<!doctype html>'.padEnd(SMALL)),
    image: rawAnswer([`Content-Length: ${IMAGE.length}`], IMAGE),
    'decodes to much': rawAnswer(
      ['Content-Encoding: br', `Content-Length: ${decodesToMuch.length}`],
      decodesToMuch,
    ),
  });
});
afterAll(() => server.close());

describe('what is known to be no image is not read to its end', () => {
  const rows = [
    ...Object.entries(ENDLESS).map(([name, [, , message]]) => [name, message]),
    ['an endless page in gzip', 'got an HTML page, not an image'],
  ];

  it.each(rows)('%s', async (name = '', message = '') => {
    const { download, close } = createDownloader({ ...OPTIONS, timeout_ms: 20_000 });
    const attempt = await attemptImage(download, server.url(name));
    expect(attempt).toMatchObject({ status: 200, host: new URL(server.url('')).host });
    expect(attempt.message).toContain(message);
    expect(['unsupported-format', 'corrupt-image']).toContain(attempt.code);
    await expect.poll(() => server.open()).toBe(0);
    // 64 KiB, and what a busy machine sends until it sees the other end closed.
    expect(sent[name]).toBeLessThan(500_000);
    await close();
  });

  it('a small page leaves its connection to the next image', async () => {
    const { download, close } = createDownloader({ ...OPTIONS, concurrency: 1 });
    for (let round = 0; round < 3; round += 1) {
      const page = await attemptImage(download, server.url('a small page'));
      expect(page).toMatchObject({ code: 'unsupported-format' });
      expect(await attemptImage(download, server.url('image'))).toMatchObject({ code: 'measured' });
      expect(server.open()).toBe(1);
    }
    await close();
  });
});

describe('a body that has come and is not decoded yet', () => {
  it('is no stall', async () => {
    const limits = { stall_timeout_ms: 400, timeout_ms: 60_000, max_bytes: 50_000_000 };
    const { download, close } = createDownloader({ ...OPTIONS, ...limits });
    const attempts = Array.from({ length: 16 }, () =>
      attemptImage(download, server.url('decodes to much')),
    );
    const codes = (await Promise.all(attempts)).map(({ code }) => code);
    expect(codes).toEqual(Array(16).fill('measured'));
    await close();
  });
});
