import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { jsonLine } from '../terminal/prose.ts';

const MAX_PATH = 300;

/** A line of JSON for each request when it has been answered, or given up; without its query, which may be secret. */
export function logRequest(
  request: IncomingMessage,
  response: ServerResponse,
  write: (line: string) => void,
): void {
  const begun = performance.now();
  const { socket, method } = request;
  const { remoteAddress: client, bytesWritten: before } = socket;
  const [path = ''] = (request.url ?? '').split('?', 1);
  response.once('close', () => {
    const bytes = socket.bytesWritten - before;
    // Where it was given up before the answer, nothing was sent of that.
    const given = response.headersSent && bytes > 0 ? response.statusCode : null;
    const line = {
      t: new Date().toISOString(),
      ...{ client, method, path: path.slice(0, MAX_PATH) },
      status: given ?? refusedWith.get(socket) ?? null,
      ms: Math.round(performance.now() - begun),
      bytes,
      ...(response.writableFinished ? {} : { cut: true }),
    };
    write(`${jsonLine(line)}\n`);
  });
}

/**
 * Notes what was refused by its connection alone. One that was no request yet
 * has a line at once, since nobody can say what it asked for; one that was has
 * its own when the connection is closed.
 */
export function logRefused(
  socket: Socket,
  { status, isRequest }: { status: number; isRequest: boolean },
  write: (line: string) => void,
): void {
  refusedWith.set(socket, status);
  if (isRequest) return;
  const { remoteAddress: client, bytesWritten: bytes } = socket;
  const line = { client, method: null, path: null, status, ms: 0, bytes };
  write(`${jsonLine({ t: new Date().toISOString(), ...line })}\n`);
}

const refusedWith = new WeakMap<Socket, number>();
