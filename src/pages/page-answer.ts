import type { Markup } from '../html/markup.ts';
import { PAGE_POLICY } from './layout.ts';

/** A page for whoever asked: shown to nobody else, and kept by nothing in between. */
export function pageAnswer({ markup }: Markup, status = 200): Response {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': PAGE_POLICY,
    'cache-control': 'no-store',
    vary: 'Accept, Cookie',
  };
  return new Response(markup, { status, headers });
}
