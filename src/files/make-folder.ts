import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';

/** A folder and those above it. Node's own `recursive` never returns under /proc, where nothing can be made. */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const make = () =>
    mkdir(path, { mode }).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  await make().catch(async (error: unknown) => {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode);
    await make();
  });
}
