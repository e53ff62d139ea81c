import { html, type Markup } from '../html/markup.ts';
import { iconOf } from '../html/page.ts';
import type { JobStatus } from '../results/results-schema.ts';

/**
 * Nothing but this server's own scripts and style (CSP Level 3), and nothing
 * that is asked for elsewhere, so that no text in a page can do harm.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A part of a page that changes: one element, which has that id. */
export type Fragment = { id: string; markup: Markup };

export type PageContent = {
  title: string;
  /** The colour of the icon. */
  status: JobStatus;
  /** Where changes are told; null for a page that has none. */
  live: string | null;
  /** Names of what runs in it. */
  scripts: readonly string[];
  main: Markup;
  /** Whether whoever looks at it has logged in. */
  hasSession: boolean;
};

/** A whole page. */
export function pageMarkup({
  title,
  status,
  live,
  scripts,
  main,
  hasSession,
}: PageContent): Markup {
  // A form says where it comes from only where the page may be named.
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>${title}</title>
<link rel="icon" href="${iconOf(status)}">
<link rel="stylesheet" href="/assets/page.css">
<link rel="stylesheet" href="/assets/service.css">
${scripts.map((name) => html`<script type="module" src="/assets/${name}.js"></script>\n`)}</head>
<body${live === null ? html`` : html` data-live="${live}"`}>
<div class="top"><nav aria-label="imgjob"><a class="brand" href="/">imgjob</a></nav>
<p id="connection" class="muted" role="status"></p>
${hasSession ? html`<form method="post" action="/logout"><button>Log out</button></form>` : html``}</div>
<main>
${main}</main>
<p id="spoken" class="unseen" role="status"></p>
</body>
</html>
`;
}

/** A page that says one thing. */
export function messagePage({ title, text }: { title: string; text: string }): Markup {
  const main = html`<h1>${title}</h1>
<p class="lead">${text}</p>
<p><a href="/">All jobs</a></p>
`;
  const rest = { live: null, scripts: [], hasSession: false };
  return pageMarkup({ title: `${title} (imgjob)`, status: 'failed', main, ...rest });
}
