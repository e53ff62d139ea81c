import { stat } from 'node:fs/promises';
import { systemCode } from '../errors.ts';
import { openFile } from './file-output.ts';
import { followed, namedDescriptor } from './links.ts';
import { type Output, unwritable } from './output.ts';
import { descriptorOutput, openStreamOutput, type ReaderWait } from './stream-output.ts';

/**
 * Opens the place that a path names, whatever it is: a file is written whole
 * or not at all, all else is a stream and never replaced: a FIFO, a device,
 * `/dev/stdout`, `>(…)`. Rejects with `output-unwritable`, and with `stopped`
 * where the wait for a reader was ended; without `waiting` nobody is waited for.
 */
export async function openOutput(path: string, waiting: ReaderWait | null): Promise<Output> {
  try {
    return (await openAsStream(path, waiting)) ?? (await openAsFile(path));
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Null for a file, and for what is yet to be made. */
export async function openAsStream(
  path: string,
  waiting: ReaderWait | null,
): Promise<Output | null> {
  const named = await namedDescriptor(path);
  if (named?.own) return descriptorOutput(path, named.descriptor);
  const existing = await stat(path).catch(unlessMissing);
  if (!existing || (existing.isFile() && !named)) return null;
  if (existing.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  if (existing.isSocket()) throw new Error('it is a socket');
  return openStreamOutput(path, existing.isFIFO() ? waiting : null);
}

async function openAsFile(name: string): Promise<Output> {
  const existing = await stat(name).catch(unlessMissing);
  return openFile({ name, target: await followed(name), existing });
}

function unlessMissing(error: unknown): null {
  if (systemCode(error) === 'ENOENT') return null;
  throw error;
}
