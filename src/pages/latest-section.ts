import { html, type Markup } from '../html/markup.ts';
import { errorText } from '../html/table.ts';
import { urlLink } from '../html/url-link.ts';
import { formatCount } from '../terminal/numbers.ts';
import type { JobPageView, LatestFailure } from './views.ts';

/** The failures of a job that runs as they come, the newest first. */
export function latestSection({ latest }: JobPageView): Markup {
  if (latest.length === 0) return html`<section id="job-latest" hidden></section>\n`;
  return html`<section id="job-latest" aria-labelledby="latest">
<h2 id="latest">Latest failures</h2>
<div class="card scroll latest" tabindex="0" role="group" aria-labelledby="latest"><ol class="failures">${latest.map(failureItem)}</ol></div>
</section>
`;
}

function failureItem({ t, store_id, image, url, error }: LatestFailure): Markup {
  const time = /T(\d\d:\d\d:\d\d)/.exec(t)?.[1] ?? '';
  return html`<li><div><span class="muted">${time}</span> <b class="id">${store_id}</b> image ${formatCount(image + 1)}: ${errorText(error)}</div><code>${urlLink(url)}</code></li>
`;
}
