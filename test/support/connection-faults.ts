import type { Socket } from 'node:net';
import { response, responseHead } from './http-text.ts';
import { makePng } from './png.ts';
import { pourInto, rawAnswer } from './raw-answers.ts';

const IMAGE = makePng(40, 30);
const LENGTH = `content-length: ${IMAGE.length}`;
const IMAGE_HEAD = responseHead(200, { 'content-type': 'image/png', 'content-length': 1000 });
const IMAGE_BEGUN = Buffer.concat([Buffer.from(IMAGE_HEAD), IMAGE]);

/** Faults of the connection and of the framing: what a polite HTTP server never does. */
export const CONNECTION_FAULTS = {
  'silent-after-connect': () => {},
  'silent-after-headers': (socket: Socket) => socket.write(IMAGE_HEAD),
  'silent-in-the-body': (socket: Socket) => socket.write(IMAGE_BEGUN),
  'silent-in-the-headers': (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-ty'),
  'dripping-headers': (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\nx-slow: ', 'a'),
  'dripping-body': (socket: Socket) => drip(socket, IMAGE_BEGUN, 'a'),
  'endless-interim-responses': (socket: Socket) => drip(socket, '', responseHead(103)),

  'reset-before-any-byte': (socket: Socket) => socket.resetAndDestroy(),
  'reset-in-the-headers': (socket: Socket) => resetAfter(socket, 'HTTP/1.1 200 OK\r\nconte'),
  'reset-in-the-body': (socket: Socket) => resetAfter(socket, `${IMAGE_HEAD}abc`),
  'reset-in-a-body-without-length': (socket: Socket) =>
    resetAfter(socket, rawAnswer(['HTTP/1.1 200 OK', 'Connection: close'], IMAGE)),
  'reset-in-a-body-of-http-1.0': (socket: Socket) =>
    resetAfter(socket, rawAnswer(['HTTP/1.0 200 OK'], IMAGE)),
  'reset-in-a-kept-body-of-http-1.0': (socket: Socket) =>
    resetAfter(socket, rawAnswer(['HTTP/1.0 200 OK', 'Connection: keep-alive'], IMAGE)),
  'reset-between-chunks': (socket: Socket) =>
    resetAfter(socket, `${responseHead(200, { 'transfer-encoding': 'chunked' })}3\r\nabc\r\n`),
  'closed-after-a-body-without-length': (socket: Socket) =>
    socket.end(rawAnswer(['HTTP/1.1 200 OK', 'Connection: close'], IMAGE)),
  'closed-before-any-byte': (socket: Socket) => socket.end(),
  'closed-in-the-headers': (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-ty'),

  'short-body': (socket: Socket) => socket.end(`${IMAGE_HEAD}abc`),
  'chunked-without-end': (socket: Socket) =>
    socket.end(`${responseHead(200, { 'transfer-encoding': 'chunked' })}3\r\nabc\r\n`),
  'chunked-with-a-bad-length': (socket: Socket) =>
    socket.end(`${responseHead(200, { 'transfer-encoding': 'chunked' })}zzz\r\nabc\r\n`),
  'longer-than-announced': (socket: Socket) =>
    socket.write(Buffer.concat([response(200, IMAGE), Buffer.from('and more')])),
  /** Behind its body stands the answer to a request that nobody made. */
  'answers-twice': (socket: Socket) =>
    socket.write(Buffer.concat([response(200, IMAGE), response(200, makePng(666, 666))])),
  'two-content-lengths': (socket: Socket) =>
    socket.write(framed('content-length: 3', 'content-length: 4')),
  'same-content-length-twice': (socket: Socket) => socket.write(framed(LENGTH, LENGTH)),
  'content-length-and-no-chunks': (socket: Socket) =>
    socket.write(framed(LENGTH, 'transfer-encoding: chunked')),
  'content-length-beyond-64-bits': (socket: Socket) =>
    socket.write(framed(`content-length: ${'9'.repeat(30)}`)),

  'endless-body': (socket: Socket) =>
    pourInto(socket, rawAnswer([], IMAGE), Buffer.alloc(65_536, 'x')),
  'endless-header': (socket: Socket) =>
    pourInto(socket, 'HTTP/1.1 200 OK\r\nx-long: ', Buffer.alloc(16_384, 'x')),
  'twenty-thousand-headers': (socket: Socket) =>
    socket.write(`HTTP/1.1 200 OK\r\n${'x-one-more: of many\r\n'.repeat(20_000)}\r\n`),
  'error-page-without-end': (socket: Socket) => socket.write(`${responseHead(404)}not found`),

  'ssh-banner': (socket: Socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
  'garbage-bytes': (socket: Socket) => socket.write(Buffer.alloc(500, 0xf5)),
  'an-image-without-http': (socket: Socket) => socket.end(IMAGE),
  'status-below-100': (socket: Socket) =>
    socket.write('HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n'),
  /** As some old servers send it; clients must take it (RFC 9110, 15.2). */
  'unasked-continue': (socket: Socket) =>
    socket.write(Buffer.concat([Buffer.from(responseHead(100)), response(200, IMAGE)])),
  'unasked-switch': (socket: Socket) => socket.write(responseHead(101)),
  'unasked-other-protocol': (socket: Socket) =>
    socket.write(responseHead(101, { connection: 'upgrade', upgrade: 'websocket' })),
};

/** An image behind these header lines. */
function framed(...lines: string[]): Buffer {
  return Buffer.concat([Buffer.from(['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n')), IMAGE]);
}

/** One piece now and one more every 20 ms, for as long as the other side listens. */
function drip(socket: Socket, first: Buffer | string, piece: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece), 20);
  socket.once('close', () => clearInterval(timer));
}

/** A reset overtakes bytes on their way: it waits until they have arrived. */
function resetAfter(socket: Socket, bytes: Buffer | string): void {
  socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 20));
}
