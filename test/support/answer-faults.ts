import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { response } from './http-text.ts';
import { makePng } from './png.ts';

const IMAGE = makePng(40, 30);
const HTML = '<!DOCTYPE html><html><body><h1>Sorry</h1><svg width="1" height="1"/></body></html>';
const GZIP = { 'content-encoding': 'gzip' };
const STATUSES = [204, 206, 304, 401, 403, 404, 408, 410, 429, 500, 502, 503] as const;

/** Well-formed HTTP answers that hold no image that can be measured. */
export const ANSWER_FAULTS = {
  'redirect-loop': redirect('/redirect-loop'),
  'redirect-to-a-file': redirect('file:///etc/passwd?token=t0ken-word'),
  'redirect-without-location': answer(302),
  'redirect-to-no-url': redirect('http://jane:s3cret@:99999/?token=t0ken-word'),
  'redirect-to-no-host': redirect('http://jane:s3cret@no-such-host.invalid/?token=t0ken-word'),
  'redirect-to-not-found': redirect('/status-404'),

  'html-page': answer(200, HTML, { 'content-type': 'image/png' }),
  'json-error': answer(200, '{"error":"no such image"}', { 'content-type': 'application/json' }),
  'plain-text': answer(200, 'no such image', { 'content-type': 'text/plain' }),
  'unknown-format': answer(200, Buffer.alloc(300, 0x07), { 'content-type': 'image/x-own' }),
  'empty-body': answer(200),

  'gzip-bomb': answer(200, gzipSync(Buffer.concat([IMAGE, Buffer.alloc(20_000_000)])), GZIP),
  'gzip-cut': answer(200, gzipSync(makePng(70, 50)).subarray(0, -12), GZIP),
  'gzip-broken': answer(200, IMAGE, GZIP),
  'unknown-encoding': answer(200, Buffer.alloc(300, 7), { 'content-encoding': 'x-own' }),

  'image-cut-in-its-header': answer(200, IMAGE.subarray(0, 20)),
  'image-cut-after-its-header': answer(200, IMAGE.subarray(0, 40)),
  'zero-width': answer(200, pngThatSays(0, 30)),
  'side-beyond-31-bits': answer(200, pngThatSays(2 ** 31, 30)),
};

/** A small page with each status, as /status-404. */
export const STATUS_ANSWERS = Object.fromEntries(
  STATUSES.map((status) => [`status-${status}`, answer(status, pageOf(status))]),
) as Record<`status-${(typeof STATUSES)[number]}`, ReturnType<typeof answer>>;

function answer(...parts: Parameters<typeof response>) {
  const bytes = response(...parts);
  return (socket: Socket) => socket.write(bytes);
}

function redirect(location: string) {
  return answer(302, 'elsewhere', { location });
}

/** 204 and 304 have no body (RFC 9110, 15.3.5 and 15.4.5). */
function pageOf(status: number): string {
  return status === 204 || status === 304 ? '' : 'sorry';
}

/** A PNG whose header names this size, whatever its pixels are. */
function pngThatSays(width: number, height: number): Buffer {
  const bytes = Buffer.from(IMAGE);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
