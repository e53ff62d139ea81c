import { patch } from './patch.ts';

/** Keeps a page as the server says that it is, for as long as somebody can see it. */

const AGAIN_MS = 3000;

const url = document.body.dataset.live;
const connection = document.querySelector('#connection');
let source: EventSource | null = null;

function open(): void {
  if (url === undefined || source) return;
  const opened = new EventSource(url);
  source = opened;
  opened.addEventListener('message', ({ data }) => {
    say('');
    show(JSON.parse(data));
  });
  // The job was removed, or is no job of this server any more.
  opened.addEventListener('gone', () => location.reload());
  opened.addEventListener('error', () => {
    say('Not connected; trying again.');
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
    source = null;
    setTimeout(openAgain, AGAIN_MS);
  });
}

/** A browser gives up where the server refuses: after a restart, or where the log-in is over. */
async function openAgain(): Promise<void> {
  const answer = await fetch('/api/v1/jobs?limit=1').catch(() => null);
  if (answer?.status === 401) location.reload();
  else if (!document.hidden) open();
}

function close(): void {
  source?.close();
  source = null;
}

function show(parts: Record<string, string>): void {
  for (const [id, markup] of Object.entries(parts)) {
    const element = document.getElementById(id);
    if (element) patch(element, markup);
  }
  const { title } = document.querySelector<HTMLElement>('[data-title]')?.dataset ?? {};
  if (title !== undefined) document.title = title;
  document.dispatchEvent(new Event('page-changed'));
}

function say(text: string): void {
  if (connection && connection.textContent !== text) connection.textContent = text;
}

// A browser has few connections to one server, which pages that nobody sees must not use up.
document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
// A page that comes back as it was left.
addEventListener('pageshow', open);
addEventListener('pagehide', close);
open();
