import { constants, createWriteStream, fstatSync, open as openFile, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isatty, WriteStream } from 'node:tty';
import { promisify } from 'node:util';
import { ImgjobError, systemCode } from '../errors.ts';
import { isGiven } from './given-descriptor.ts';
import { isClosedPipe, type Output, type Text, unwritable } from './output.ts';

/** How often a FIFO is looked at for a reader. */
const LOOK_MS = 50;

/** How a reader is waited for, where there is none yet. */
export type ReaderWait = {
  /** Ends the wait. */
  signal: AbortSignal;
  /** Called once, when the wait begins. */
  onWait(path: string): void;
};

/**
 * Standard output, as fast as its reader takes it: each block is written
 * before the next is made. A reader that has closed ends it quietly.
 */
export function standardOutput(): Output {
  return streamOutput(process.stdout, { name: 'standard output', shared: true, close() {} });
}

/** An open file of this process, written to where whoever opened it has left it; never replaced. */
export function descriptorOutput(name: string, descriptor: number): Output {
  if (descriptor === 1) return standardOutput();
  if (descriptor === 2) return streamOutput(process.stderr, { name, shared: false, close() {} });
  if (!isGiven(descriptor)) throw new Error('it is not open');
  // Nothing: it may be open for reading alone.
  writeSync(descriptor, '');
  return openedOutput(name, descriptor);
}

/**
 * A FIFO, a device, or what another process has open: written to, and never
 * replaced. Nothing here blocks a thread, which would keep the process alive
 * past all signals: a FIFO is looked at again until there is a reader. Rejects
 * at once where nobody is to be waited for, and with `stopped` when the signal
 * is aborted.
 */
export async function openStreamOutput(name: string, waiting: ReaderWait | null): Promise<Output> {
  const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;
  const flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY;
  for (let looks = 0; ; looks += 1) {
    try {
      return openedOutput(name, await promisify(openFile)(name, flags, 0o666));
    } catch (error) {
      if (systemCode(error) !== 'ENXIO' || !waiting) throw error;
      if (looks === 0) waiting.onWait(name);
      await delay(LOOK_MS, undefined, { signal: waiting.signal }).catch(() => {});
      if (waiting.signal.aborted) throw new ImgjobError('stopped', `${name} has no reader`);
    }
  }
}

function openedOutput(name: string, descriptor: number): Output {
  const stream = streamOn(descriptor);
  const close = () => void stream.destroy();
  return streamOutput(stream, { name, shared: false, close });
}

/** What has readers is waited for without a thread. */
function streamOn(descriptor: number) {
  const kind = fstatSync(descriptor);
  if (kind.isFIFO() || kind.isSocket()) return new Socket({ fd: descriptor, readable: false });
  if (isatty(descriptor)) return new WriteStream(descriptor);
  return createWriteStream('', { fd: descriptor });
}

type Ending = Pick<Output, 'name' | 'shared'> & { close(): void };

function streamOutput(stream: NodeJS.WritableStream, { name, shared, close }: Ending): Output {
  // The write that fails tells of it.
  if (!shared) stream.on('error', () => {});
  let isReaderGone = false;
  return {
    name,
    shared,
    isReaderGone: () => isReaderGone,
    async write(text: Text) {
      const blocks = await text();
      try {
        for await (const block of blocks) await writeBlock(stream, block);
      } catch (error) {
        if (!isClosedPipe(error)) throw unwritable(name, error);
        isReaderGone = true;
      } finally {
        close();
      }
    },
    discard: close,
  };
}

function writeBlock(stream: NodeJS.WritableStream, block: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(block, (error) => (error ? reject(error) : resolve()));
  });
}
