import { createServer, type Socket } from 'node:net';
import { ANSWER_FAULTS, STATUS_ANSWERS } from './answer-faults.ts';
import { CONNECTION_FAULTS } from './connection-faults.ts';
import { response } from './http-text.ts';
import { type Listener, listen } from './listener.ts';
import { makePng } from './png.ts';

const FAULTS = {
  ...CONNECTION_FAULTS,
  ...ANSWER_FAULTS,
  ...STATUS_ANSWERS,
  good: (socket: Socket) => socket.write(response(200, makePng(4, 3))),
};

export type FaultName = keyof typeof FAULTS;

/**
 * A server on a bare socket that does wrong what its path says: `/short-body`.
 * `/good` is an image of 4 x 3 pixels.
 */
export function startFaultServer(): Promise<Listener> {
  return listen(createServer(serveFaults));
}

/** Speaks first, as SSH servers do. */
export function startGreetingServer(): Promise<Listener> {
  return listen(createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n').resume()));
}

/** A port that was free a moment ago. */
export async function findClosedPort(): Promise<number> {
  const { port, close } = await listen(createServer());
  await close();
  return port;
}

/** Answers each request on a connection, plain or TLS. */
export function serveFaults(socket: Socket): void {
  let request = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    request += chunk.toString('latin1');
    if (!/^[A-Z]/.test(request)) return void socket.end(response(400));
    if (!request.includes('\r\n\r\n')) return undefined;
    const [, name = ''] = /^GET \/([^ ?]*)/.exec(request) ?? [];
    request = '';
    return isFaultName(name) ? FAULTS[name](socket) : socket.end(response(404));
  });
}

function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}
