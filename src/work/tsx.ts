import { importFrom } from './import-from.ts';

/** `--import tsx`, `--import=tsx/esm`. */
const TSX = /(?:^|[\s=])tsx(?:\/esm)?(?:\s|$)/;

/** Whether a process runs under tsx, by its own options and by NODE_OPTIONS. */
export function isUnderTsx(options: readonly string[], node_options: string | undefined): boolean {
  return TSX.test([...options, node_options ?? ''].join(' '));
}

/**
 * `--import tsx` takes TypeScript in the main thread alone
 * (github.com/privatenumber/tsx/issues/354): in a thread it is asked for by its
 * API (tsx.is/dev-api/register-esm).
 */
export async function registerTsx(): Promise<void> {
  const api = await importFrom(process.cwd(), 'tsx/esm/api').catch(() => null);
  if (api && 'register' in api && typeof api.register === 'function') api.register();
}
