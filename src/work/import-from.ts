import { join } from 'node:path';
import { constants, runInThisContext } from 'node:vm';

/** What Node.js 20 and 22 warn of, which says nothing to somebody who names a package. */
const WARNED_OF = 'USE_MAIN_CONTEXT_DEFAULT_LOADER';

/** Imports as a module of that folder would: the name of a package is looked up from there. */
export async function importFrom(folder: string, specifier: string): Promise<object> {
  if (specifier.startsWith('file:')) return import(specifier);
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...more: unknown[]) => {
    if (!String(warning).includes(WARNED_OF)) {
      Reflect.apply(emitWarning, process, [warning, ...more]);
    }
  };
  try {
    const importer: (specifier: string) => Promise<object> = runInThisContext(
      '(specifier) => import(specifier)',
      {
        filename: join(folder, 'work.js'),
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      },
    );
    return await importer(specifier);
  } finally {
    process.emitWarning = emitWarning;
  }
}
