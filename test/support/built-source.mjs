import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Builds a file of src/ with all it imports, for processes of Node.js that run it by itself; answers where in `folder` it is. */
export async function builtSource(path, folder) {
  const input = fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
  const file = join(folder, basename(path).replace('.ts', '.mjs'));
  const build = await rolldown({ input, platform: 'node' });
  await build.write({ file, format: 'esm', codeSplitting: false });
  await build.close();
  return file;
}
