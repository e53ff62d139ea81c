import type { TableData } from '../browser/data.ts';
import { formatCount, formatCounted } from '../terminal/numbers.ts';
import { html, type Markup } from './markup.ts';
import type { PictureSource } from './picture-folder.ts';
import type { Survey } from './survey.ts';
import { STATUSES, type TablePictures } from './table.ts';

/** The columns in their order, by the names that the script has for them. */
const COLUMNS = [
  ['store', 'store'],
  ['image', 'image'],
  ['status', 'status'],
  ['url', 'URL'],
  ['error', 'error'],
  ['size', 'pixels'],
  ['format', 'format'],
  ['bytes', 'bytes'],
  ['attempts', 'attempts'],
  ['wait', 'wait'],
  ['download', 'download'],
  ['work', 'work'],
] as const;

type Column = (typeof COLUMNS)[number];

/** Where a column has its values; those of the others are never missing. */
const VALUES = { error: 'error', size: 'width', format: 'format', bytes: 'bytes' } as const;
const TIMES = { wait: 'wait', download: 'download', work: 'work' } as const;

/** The columns in which there is anything. */
function columnsOf(data: TableData): Column[] {
  const lists: Partial<Record<Column[0], keyof typeof data>> = { ...VALUES, ...TIMES };
  return COLUMNS.filter(([name]) => {
    const list = lists[name];
    return list === undefined || data[list].some((value) => value !== -1);
  });
}

/** The table of all images: its rows are made in the browser. */
export function tableSection({ table }: Survey, source: PictureSource | null): Markup {
  const rows = table.data.url.length;
  const columns = columnsOf(table.data);
  const hasErrors = columns.some(([name]) => name === 'error');
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
<label>Filter <input id="filter" type="search" placeholder="${hasErrors ? 'store, URL or error' : 'store or URL'}" autocomplete="off" spellcheck="false"></label>
<label>Status <select id="status"><option value="-1">all</option>${options}</select></label>
<output id="shown"></output>
</div>
${table.pictures ? gallery(table.pictures, source?.folder ?? './') : html``}<div class="card scroll" id="table-scroll" tabindex="0" role="group" aria-labelledby="images">
<div id="table" role="table" aria-labelledby="images"${hasErrors ? html` class="with-errors"` : html``}>
<div role="rowgroup" class="head"><div role="row" class="row" aria-rowindex="1">${columns.map(header)}</div></div>
<div role="rowgroup" id="table-body"></div>
</div>
</div>
</section>
`;
}

/** Empty until a reader asks for it: until then no picture is loaded. */
function gallery({ kept, linked }: TablePictures, folder: string): Markup {
  const count = kept + linked;
  if (count === 0) {
    return html`<p class="muted">There are no pictures to show: no files were kept, and no URL is shown whole.</p>
`;
  }
  const from = [
    ...(kept > 0 ? [`${formatCount(kept)} from ${placeOf(folder)}`] : []),
    ...(linked > 0 ? [`${formatCount(linked)} from the servers that have them`] : []),
  ].join(', ');
  return html`<div class="filters"><button type="button" id="pictures" aria-expanded="false" aria-controls="gallery-part">Show pictures</button> <span class="muted">${from}</span></div>
<div id="gallery-part" hidden>
<div class="card scroll" id="gallery-scroll" tabindex="0" role="group" aria-label="Pictures"><p id="no-pictures" class="muted" hidden>None of these images has a picture.</p><ul id="gallery"></ul></div>
</div>
<dialog id="viewer" aria-label="Picture"><div id="viewer-frame"></div><p id="viewer-caption"></p><div class="filters"><button type="button" id="viewer-back">← Previous</button><button type="button" id="viewer-on">Next →</button><button type="button" id="viewer-close">Close</button></div></dialog>
`;
}

/** Whoever sends the page on must know that it needs a folder, and which. */
function placeOf(folder: string): string {
  const path = decodeURIComponent(folder).replace(/^\.\/|\/$/g, '');
  return path === '' ? 'the folder of this page' : `the folder ${path}, which this page needs`;
}

function header([name, title]: Column, index: number): Markup {
  return html`<div role="columnheader" class="${name}" data-column="${name}" aria-colindex="${index + 1}" aria-sort="none"><button type="button">${title}</button></div>`;
}
