import { constants, open } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { onAbort } from '../abort.ts';
import { ImgjobError } from '../errors.ts';

/**
 * All bytes of a file, or of a pipe up to its end (`<(…)`). A FIFO that nobody
 * writes to keeps no thread, which would keep the process alive past all
 * signals: it is waited for as sockets are, until the signal is aborted
 * (`stopped`). Rejects for more than `max_bytes`, and for what is neither.
 */
export async function readFileOrPipe(
  path: string,
  { max_bytes, signal }: { max_bytes: number; signal: AbortSignal },
): Promise<Buffer> {
  const found = await stat(path);
  if (found.isFile() && found.size <= max_bytes) return readFile(path);
  if (found.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  if (!found.isFIFO()) throw new Error(found.isFile() ? 'it is too large' : 'it is not a file');
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false });
  const forget = onAbort(signal, () => {
    pipe.destroy(new ImgjobError('stopped', `${path} has no writer`));
  });
  try {
    return await gather(pipe, max_bytes);
  } finally {
    forget();
    pipe.destroy();
  }
}

async function gather(pipe: Socket, max_bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of pipe) {
    size += chunk.length;
    if (size > max_bytes) throw new Error('it is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
