import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { type RawServer, rawAnswer, serveRaw } from '../support/raw-answers.ts';
import { type Attempt, attemptImage } from './attempts.ts';
import { createDownloader, OPTIONS } from './downloads.ts';

const IMAGE = makePng(40, 30);
const LENGTH = IMAGE.length;
const LAST = LENGTH - 1;

const answer = (status: number, ...lines: string[]) =>
  rawAnswer([`HTTP/1.1 ${status} `, `Content-Length: ${LENGTH}`, ...lines], IMAGE);
const closing = (range: string, body: Buffer) => {
  const bytes = rawAnswer(['HTTP/1.1 206 Part', `Content-Range: ${range}`], body);
  return (socket: { end(bytes: Buffer): void }) => socket.end(bytes);
};
const empty = (status: number) => rawAnswer([`HTTP/1.1 ${status} `, 'Content-Length: 0']);

const MEASURED: Partial<Attempt> = { code: 'measured', message: '40 x 30 png' };
const PART: Partial<Attempt> = { code: 'bad-response', reason: 'partial-content' };
const EMPTY: Partial<Attempt> = { code: 'empty-body' };

const ROWS: [
  name: string,
  answer: Parameters<typeof serveRaw>[0][string],
  seen: Partial<Attempt>,
][] = [
  ['200', answer(200), { ...MEASURED, status: 200 }],
  ['201', answer(201), { ...MEASURED, status: 201 }],
  ['202', answer(202), { ...MEASURED, status: 202 }],
  ['203', answer(203), { ...MEASURED, status: 203 }],
  ['226', answer(226), { ...MEASURED, status: 226 }],
  ['299', answer(299), { ...MEASURED, status: 299 }],
  ['204', rawAnswer(['HTTP/1.1 204 ']), EMPTY],
  ['205', empty(205), EMPTY],
  ['201 without a body', empty(201), EMPTY],

  ['206, the whole', answer(206, `Content-Range: bytes 0-${LAST}/${LENGTH}`), MEASURED],
  ['206, without a length', closing(`bytes 0-${LAST}/${LENGTH}`, IMAGE), MEASURED],
  [
    '206, less than its range',
    closing(`bytes 0-${LAST}/${LENGTH}`, IMAGE.subarray(0, 50)),
    { code: 'truncated', message: `the body ended after 50 of ${LENGTH} bytes` },
  ],
  ['206, its beginning', answer(206, `Content-Range: bytes 0-${LAST}/${LENGTH + 1}`), PART],
  ['206, its end', answer(206, `Content-Range: bytes 1-${LENGTH}/${LENGTH + 1}`), PART],
  ['206 of another length', answer(206, 'Content-Range: bytes 0-9/10'), PART],
  ['206 of no known whole', answer(206, `Content-Range: bytes 0-${LAST}/*`), PART],
  ['206 without a range', answer(206), PART],
  ['206 in several parts', answer(206, 'Content-Type: multipart/byteranges; boundary=x'), PART],

  ['520', empty(520), { message: '520 (Cloudflare: the origin’s answer was not understood)' }],
  ['522', empty(522), { code: 'http-status', status: 522 }],
  ['526', empty(526), { message: '526 (Cloudflare: the origin’s certificate is not valid)' }],
  ['540', empty(540), { message: '540' }],
];

let server: RawServer;
beforeAll(async () => {
  server = await serveRaw(Object.fromEntries(ROWS));
});
afterAll(() => server.close());

describe('a status', () => {
  it.each(ROWS)('%s', async (name, _answer, seen) => {
    const { download, close } = createDownloader(OPTIONS);
    expect(await attemptImage(download, server.url(name))).toMatchObject(seen);
    await close();
  });
});
