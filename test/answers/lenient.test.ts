import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptImage } from '../download/attempts.ts';
import { createDownloader, OPTIONS } from '../download/downloads.ts';
import { makePng } from '../support/png.ts';
import { type RawAnswer, type RawServer, rawAnswer, serveRaw } from '../support/raw-answers.ts';

const IMAGE = makePng(40, 30);
const LENGTH = `Content-Length: ${IMAGE.length}`;
const SIZE = IMAGE.length.toString(16);
const CHUNKED = 'Transfer-Encoding: chunked';

const withHeader = (...lines: string[]) => rawAnswer([...lines, LENGTH], IMAGE);
const withLength = (...lines: string[]) => rawAnswer(lines, IMAGE);
const withStatus = (line: string) =>
  Buffer.concat([Buffer.from(`${line}\r\n${LENGTH}\r\n\r\n`, 'latin1'), IMAGE]);
const chunks = (before: string, behind: string, ...more: string[]) =>
  rawAnswer([CHUNKED, ...more], Buffer.concat([Buffer.from(before), IMAGE, Buffer.from(behind)]));
const bareLf = (lines: string) => Buffer.concat([Buffer.from(lines), IMAGE]);

/** What a strict parser refuses; each of them is this image. */
const SLOPPY: Record<string, Buffer> = {
  'a folded header': withHeader('X-Long: a', '  folded', '\tand folded'),
  'a header that is folded before the first one': withHeader('  folded'),
  'a blank in a name': withHeader('Content Location: /x'),
  'a blank before the colon': withHeader('X-Foo : bar'),
  'an empty name': withHeader(': bar'),
  'no colon': withHeader('what is this'),
  'a control character': withHeader('X-Title: a\x01b'),
  'a zero byte': withHeader('X-Title: a\0b'),
  'a lone CR': withHeader('X-Title: a\rb'),
  'a name that is not ASCII': withHeader('X-Caf\xc3\xa9: b'),
  'bare LF': bareLf(`HTTP/1.1 200 OK\n${LENGTH}\n\n`),
  'bare LF at some ends': bareLf(`HTTP/1.1 200 OK\r\nX-A: b\n${LENGTH}\r\n\n`),
  'an equal length twice': withLength(LENGTH, LENGTH),
  'equal lengths in a list': withLength(`${LENGTH}, ${IMAGE.length}`),
  'a length with a plus': withLength(`Content-Length: +${IMAGE.length}`),
  'a length and chunks': chunks(`${SIZE}\r\n`, '\r\n0\r\n\r\n', LENGTH),
  'another length and chunks': chunks(`${SIZE}\r\n`, '\r\n0\r\n\r\n', 'Content-Length: 3'),
  'a padded chunk size': chunks(`${SIZE}   \r\n`, '\r\n0   \r\n\r\n'),
  'LF behind a chunk size': chunks(`${SIZE}\n`, '\n0\n\n'),
  'a blank in a chunk’s extension': chunks(`${SIZE};a=b c\r\n`, '\r\n0\r\n\r\n'),
  'broken trailers': chunks(`${SIZE} \r\n`, '\r\n0\r\nno trailer\r\n\r\n'),
  'a status in small letters': withStatus('http/1.1 200 ok'),
  'two blanks before the status': withStatus('HTTP/1.1  200 OK'),
  'a status without a version': withStatus('HTTP 200 OK'),
  'a version of its own': withStatus('HTTP/7.7 200 OK'),
  'a 100 that nobody asked for': Buffer.concat([rawAnswer(['HTTP/1.1 100 Go on']), withHeader()]),
};

/** What can't be read at all, or contradicts itself: the reason. */
const REFUSED: Record<string, [answer: Buffer, reason: string, status: number | null]> = {
  'lengths that differ': [withLength(LENGTH, 'Content-Length: 5'), 'invalid-content-length', null],
  'lengths that differ in a list': [withLength(`${LENGTH}, 5`), 'invalid-content-length', null],
  'a length below zero': [withLength('Content-Length: -1'), 'invalid-content-length', null],
  'a length with letters': [withLength(`${LENGTH}abc`), 'invalid-content-length', null],
  'a status of two digits': [withStatus('HTTP/1.1 20 OK'), 'invalid-status-line', null],
  'no status': [withStatus('HTTP/1.1 OK'), 'invalid-status-line', null],
  'another protocol': [Buffer.from('220 ready\r\n'), 'not-http', null],
  'bytes without a line': [Buffer.alloc(40, 0xf5), 'not-http', null],
  'a chunk without a size': [chunks('size\r\n', '\r\n0\r\n\r\n'), 'invalid-chunk', 200],
  'a chunk that is longer than its size': [chunks('3\r\n', '\r\n0\r\n\r\n'), 'invalid-chunk', 200],
  'a line of a chunk without end': [
    rawAnswer([CHUNKED], `${SIZE};${'x'.repeat(9000)}\x01`),
    'invalid-chunk',
    200,
  ],
};

const headers = (bytes: number) =>
  Array.from({ length: bytes / 1000 }, (_, at) => `X-${at}: ${'x'.repeat(1000)}`);

/** Heads that a careless reader would take minutes for. */
const SLOW: Record<string, Buffer> = {
  'many blanks in a header': withHeader(': none', `X-Long: a${' '.repeat(250_000)}b`),
  'many CR in the status': withStatus(`HTTP/1.1 200 a${'\r'.repeat(250_000)}b`),
  'many blanks in a name': withHeader(`X${' '.repeat(250_000)}b: c`),
  'many folds': withHeader('X-Long: a', ...Array<string>(60_000).fill(' b')),
  'many equal lengths': withLength(`${LENGTH}${`, ${IMAGE.length}`.repeat(50_000)}`),
};

/** A byte at a time, as much as the system lets. */
function byBytes(answer: Buffer): RawAnswer {
  return (socket: Socket) => {
    socket.setNoDelay(true);
    let at = 0;
    const more = () => {
      if (at === answer.length || socket.destroyed) return;
      socket.write(answer.subarray(at, at + 1));
      at += 1;
      setImmediate(more);
    };
    more();
  };
}

let server: RawServer;
beforeAll(async () => {
  const whole = {
    ...SLOPPY,
    ...Object.fromEntries(Object.entries(REFUSED).map(([name, [answer]]) => [name, answer])),
  };
  server = await serveRaw({
    ...whole,
    ...Object.fromEntries(
      Object.entries(SLOPPY).map(([name, answer]) => [`${name}, by bytes`, byBytes(answer)]),
    ),
    ...SLOW,
    strict: withHeader(),
    '250 KB of headers': withHeader(...headers(250_000)),
    '250 KB of sloppy headers': withHeader(': none', ...headers(250_000)),
    '400 KB of headers': withHeader(...headers(400_000)),
    '400 KB of sloppy headers': withHeader(': none', ...headers(400_000)),
    'sloppy, and a redirect': rawAnswer([
      'HTTP/1.1 302 Found',
      ': none',
      'Location: /strict',
      'Content-Length: 0',
    ]),
  });
});
afterAll(() => server.close());

/** Attempts at these, one after another, by one downloader. */
async function attempts(...names: string[]) {
  const { download, close } = createDownloader({ ...OPTIONS, concurrency: 1 });
  const before = names.map((name) => server.asked(name));
  const seen = [];
  for (const name of names) seen.push(await attemptImage(download, server.url(name)));
  await close();
  return { seen, asked: names.map((name, at) => server.asked(name) - (before[at] ?? 0)) };
}

const MEASURED = { code: 'measured', message: '40 x 30 png', status: 200 };

describe('an answer that is not quite HTTP is read, within the attempt', () => {
  it.each(Object.keys(SLOPPY))('%s', async (name) => {
    const { seen, asked } = await attempts(name);
    expect(seen).toMatchObject([MEASURED]);
    expect(asked).toEqual([2]);
  });

  it.each(Object.keys(SLOPPY))('%s, byte by byte', async (name) => {
    expect((await attempts(`${name}, by bytes`)).seen).toMatchObject([MEASURED]);
  });

  it('and its host is known for it from then on', async () => {
    const { seen, asked } = await attempts('bare LF', 'an empty name', 'strict');
    expect(seen).toMatchObject([MEASURED, MEASURED, MEASURED]);
    expect(asked).toEqual([2, 1, 1]);
  });

  it('also where it leads elsewhere', async () => {
    expect((await attempts('sloppy, and a redirect')).seen).toMatchObject([MEASURED]);
  });

  it('over a connection that serves nothing else', async () => {
    const { download, close } = createDownloader({ ...OPTIONS, concurrency: 1 });
    await attemptImage(download, server.url('bare LF'));
    await expect.poll(() => server.open()).toBe(0);
    await close();
  });
});

describe('an answer that can’t be read either way', () => {
  it.each(Object.entries(REFUSED))('%s', async (name, [, reason, status]) => {
    const { seen, asked } = await attempts(name);
    expect(seen).toMatchObject([{ code: 'bad-response', reason, status }]);
    expect(asked).toEqual([2]);
  });

  it('does not make its host known for it', async () => {
    expect((await attempts('no status', 'strict', 'bare LF')).asked).toEqual([2, 1, 2]);
  });
});

describe('headers', () => {
  it.each(Object.keys(SLOW))('%s: are read at once', async (name) => {
    const began = performance.now();
    expect((await attempts(name)).seen).toMatchObject([MEASURED]);
    expect(performance.now() - began).toBeLessThan(4000);
  });

  it.each(['250 KB of headers', '250 KB of sloppy headers'])('%s are read', async (name) => {
    expect((await attempts(name)).seen).toMatchObject([MEASURED]);
  });

  it.each(['400 KB of headers', '400 KB of sloppy headers'])('%s are not', async (name) => {
    const reason = 'headers-too-large';
    expect((await attempts(name)).seen).toMatchObject([{ code: 'too-large', reason }]);
  });
});
