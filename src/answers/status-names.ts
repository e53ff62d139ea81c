import { STATUS_CODES } from 'node:http';

/** What Cloudflare says of the server behind it, with statuses of its own (its documentation of 5xx errors). */
const CLOUDFLARE = new Map([
  [520, 'the origin’s answer was not understood'],
  [521, 'the origin refused the connection'],
  [522, 'the connection to the origin timed out'],
  [523, 'the origin can’t be reached'],
  [524, 'the origin did not answer in time'],
  [525, 'the TLS handshake with the origin failed'],
  [526, 'the origin’s certificate is not valid'],
  [527, 'the connection to the origin broke'],
  [530, 'the origin’s name can’t be resolved, or the site is not served'],
]);

/** A status and its name, as people read it: `404 Not Found`, `520 (Cloudflare: …)`, `299`. */
export function nameStatus(status: number): string {
  const said = CLOUDFLARE.get(status);
  if (said !== undefined) return `${status} (Cloudflare: ${said})`;
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}
