import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** They lie beside this package's code, built with it. */
const BROWSER = new URL('../browser/', import.meta.url);

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/** What pages ask for, and nothing else of that folder. */
const TYPES = new Map([
  ...['page.css', 'service.css'].map((name) => [name, STYLE] as const),
  ...[
    'live',
    'patch',
    'actions',
    'submit',
    'manifest-type',
    'text-place',
    'job-timeline',
    'timeline',
    'tooltip',
    'copy',
    'login',
  ].map((name) => [`${name}.js`, SCRIPT] as const),
]);

export type Asset = { text: string; type: string; etag: string };

/** A script or a style sheet of the pages; null where there is none of that name. */
export async function readAsset(name: string): Promise<Asset | null> {
  const type = TYPES.get(name);
  if (type === undefined) return null;
  const text = await readFile(new URL(name, BROWSER), 'utf8');
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  return { text, type, etag };
}
