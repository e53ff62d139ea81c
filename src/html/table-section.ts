import { formatCount, formatCounted } from '../terminal/numbers.ts';
import { html, type Markup } from './markup.ts';
import type { Survey } from './survey.ts';
import { STATUSES } from './table.ts';

/** The columns in their order, by the names that the script has for them. */
const COLUMNS = [
  ['store', 'store'],
  ['image', 'image'],
  ['status', 'status'],
  ['error', 'error'],
  ['url', 'URL'],
  ['size', 'pixels'],
  ['format', 'format'],
  ['bytes', 'bytes'],
  ['attempts', 'attempts'],
  ['wait', 'wait, ms'],
  ['download', 'download, ms'],
  ['work', 'work, ms'],
] as const;

/** The table of all images: its rows are made in the browser. */
export function tableSection({ table }: Survey): Markup {
  const rows = table.data.url.length;
  if (rows === 0) return html``;
  const cut =
    rows < table.images
      ? html`<p>The table has ${formatCount(rows)} of ${formatCounted(table.images, 'image')}, all that failed first; the results have all.</p>`
      : html``;
  const options = STATUSES.map(
    (status, index) => html`<option value="${index}">${status}</option>`,
  );
  return html`<section aria-labelledby="images">
<h2 id="images">All images</h2>${cut}
<noscript><p>The table needs JavaScript.</p></noscript>
<div class="filters">
<label>Filter <input id="filter" type="search" placeholder="store, URL or error" autocomplete="off" spellcheck="false"></label>
<label>Status <select id="status"><option value="-1">all</option>${options}</select></label>
<output id="shown"></output>
</div>
<div class="card scroll" id="table-scroll" tabindex="0" role="group" aria-labelledby="images">
<div id="table" role="table" aria-labelledby="images">
<div role="rowgroup" class="head"><div role="row" class="row" aria-rowindex="1">${COLUMNS.map(header)}</div></div>
<div role="rowgroup" id="table-body"></div>
</div>
</div>
</section>
`;
}

function header([name, title]: readonly [string, string]): Markup {
  return html`<div role="columnheader" class="${name}" data-column="${name}" aria-sort="none"><button type="button">${title}</button></div>`;
}
