import { parseUrl } from '../parse-url.ts';
import { MAX_HOST_NAME } from './bounds.ts';

export const EXPECTED_HOST = 'a host like cdn.example or *.cdn.example';

// Without scheme, user, port and path.
const PATTERN = /^(\*\.)?([^\s/\\*@:?#]+|\[[0-9a-fA-F:.]+\])$/;
const ADDRESS = /^(\[.*\]|[\d.]+)$/;

/**
 * The pattern of `--allow-host` and `--deny-host`: a host's name, `*.` and the
 * name that others end with, or `*`. Answers it as the hosts of URLs are
 * spelled (WHATWG URL, 3.5: `127.1` is `127.0.0.1`, `bücher.example` has a
 * name of ASCII alone), since in another spelling it would match nothing.
 * Null for what is none.
 */
export function normaliseHostPattern(pattern: string): string | null {
  if (pattern === '*') return pattern;
  const [, below = '', host = ''] = PATTERN.exec(pattern) ?? [];
  const url = host === '' ? null : parseUrl(`http://${host}/`);
  if (!url) return null;
  const name = url.hostname.replace(/\.$/, '');
  if (name.length > MAX_HOST_NAME || name.split('.').includes('')) return null;
  // Nothing is below an address.
  return below !== '' && ADDRESS.test(name) ? null : below + name;
}
