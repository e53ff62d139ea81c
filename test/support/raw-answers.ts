import { createServer, type Socket } from 'node:net';
import { type Listener, listen } from './listener.ts';

/** What a server says to a request: bytes, or what it does with the connection. */
export type RawAnswer = Buffer | ((socket: Socket) => void);

export type RawServer = Listener & {
  url(name: string): string;
  /** How often each was asked for. */
  asked(name: string): number;
};

/** A server on a bare socket that answers `/name` with those very bytes, and leaves the connection open. */
export async function serveRaw(answers: Record<string, RawAnswer>): Promise<RawServer> {
  const asked = new Map<string, number>();
  const listener = await listen(
    createServer((socket) => {
      let request = '';
      socket.on('data', (chunk) => {
        request += chunk.toString('latin1');
        if (!request.includes('\r\n\r\n')) return;
        const name = decodeURIComponent(/^GET \/(\S*)/.exec(request)?.[1] ?? '');
        request = '';
        asked.set(name, (asked.get(name) ?? 0) + 1);
        const answer = answers[name];
        if (typeof answer === 'function') answer(socket);
        else if (answer) socket.write(answer);
        else socket.destroy();
      });
    }),
  );
  return {
    ...listener,
    url: (name) => `http://127.0.0.1:${listener.port}/${encodeURIComponent(name)}`,
    asked: (name) => asked.get(name) ?? 0,
  };
}

/** An answer of these header lines, with or without their status line, and this body. */
export function rawAnswer(lines: string[], body: Buffer | string = ''): Buffer {
  const [first = ''] = lines;
  const all = /^HTTP\//.test(first) ? lines : ['HTTP/1.1 200 OK', ...lines];
  return Buffer.concat([Buffer.from(`${all.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

/** As many blocks as the other side takes, behind a first piece; says how many bytes were sent. */
export function pourInto(socket: Socket, first: Buffer | string, block: Buffer): () => number {
  let sent = 0;
  const more = () => {
    while (!socket.destroyed && socket.writable) {
      sent += block.length;
      if (!socket.write(block)) return;
    }
  };
  socket.write(first);
  socket.on('drain', more);
  more();
  return () => sent;
}
