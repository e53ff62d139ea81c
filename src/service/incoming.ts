import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { ImgjobError } from '../errors.ts';
import { type SeekableFile, spool } from '../files/seekable.ts';
import { stateUnwritable } from '../state/state-folder.ts';
import { checkWanted } from '../turns.ts';

/** What submissions may take together until they are jobs, whoever hands them in. */
export type IncomingLimits = {
  /** Bytes that are held in memory. */
  memory: number;
  /** Bytes that are in files. */
  files: number;
};

const LIMITS: IncomingLimits = { memory: 128 * 2 ** 20, files: 4 * 2 ** 30 };

/** Going through a manifest takes the processor and several times its memory: more than so many wait. */
const AT_ONCE = 2;

export type Incoming = {
  /** Holds bytes in memory until they are given back. Throws `queue-full`. */
  hold(): Held;
  /** Copies bytes to a file of the state folder. Throws `queue-full` and what is wrong with the bytes. */
  spool(bytes: AsyncIterable<Uint8Array>): Promise<SeekableFile>;
  /** Goes through a manifest when its turn comes; not for whoever has gone (`stopped`). */
  read<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
};

export type Held = { add(bytes: number): void; release(): void };

/** Only who has the state folder may call it: what a server that was killed has left there is removed. */
export async function openIncoming(state: string, limits = LIMITS): Promise<Incoming> {
  const folder = join(state, 'incoming');
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    throw stateUnwritable(state, error);
  }
  const limit = pLimit(AT_ONCE);
  const memory = createRoom(limits.memory);
  const files = createRoom(limits.files);
  return {
    hold: memory,
    async spool(bytes) {
      const held = files();
      const counted = countBytes(bytes, held);
      const copy = await spool(counted, folder).catch((error: unknown) => {
        held.release();
        throw error;
      });
      return { file: copy.file, close: () => copy.close().finally(held.release) };
    },
    read: (signal, work) =>
      limit(() => {
        checkWanted(signal);
        return work();
      }),
  };
}

async function* countBytes(bytes: AsyncIterable<Uint8Array>, held: Held) {
  for await (const chunk of bytes) {
    held.add(chunk.length);
    yield chunk;
  }
}

/** So many bytes of all. */
function createRoom(most: number): () => Held {
  let used = 0;
  return () => {
    let own = 0;
    return {
      add(bytes) {
        if (used + bytes > most) {
          const message = 'too much is coming in at once: this server takes no more now';
          throw new ImgjobError('queue-full', message, { hint: 'Try again later.' });
        }
        own += bytes;
        used += bytes;
      },
      release() {
        used -= own;
        own = 0;
      },
    };
  };
}
