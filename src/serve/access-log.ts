import type { IncomingMessage, ServerResponse } from 'node:http';
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
    const line = {
      t: new Date().toISOString(),
      ...{ client, method, path: path.slice(0, MAX_PATH) },
      status: response.statusCode,
      ms: Math.round(performance.now() - begun),
      bytes: socket.bytesWritten - before,
      ...(response.writableFinished ? {} : { cut: true }),
    };
    write(`${jsonLine(line)}\n`);
  });
}
