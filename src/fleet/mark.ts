import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readMessage } from './messages.ts';

/**
 * That stores of a job are with a fleet: beside its journal, for whoever goes
 * on with the job when its runner was killed. Holds no user and no password.
 */
const markSchema = z.strictObject({
  redis: z.string(),
  prefix: z.string(),
  queue: z.string(),
  run: z.string(),
});
export type FleetMark = z.infer<typeof markSchema>;

/** Its name in a job's folder. */
export const MARK = 'fleet.json';

/** Null where none is there, or none that can be read. */
export async function readMark(folder: string): Promise<FleetMark | null> {
  const text = await readFile(join(folder, MARK), 'utf8').catch(() => null);
  return readMessage(markSchema, text);
}

export async function writeMark(folder: string, mark: FleetMark): Promise<void> {
  const path = join(folder, MARK);
  await writeFile(`${path}.new`, `${JSON.stringify(mark)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function removeMark(folder: string): Promise<void> {
  await rm(join(folder, MARK), { force: true });
}
