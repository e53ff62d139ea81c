import { stat } from 'node:fs/promises';

/** Whether there is a file that can be read again: what is read of a process or a device may be gone then. */
export function isLastingFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile() && !/^\/(dev|proc)\//.test(path),
    () => false,
  );
}
