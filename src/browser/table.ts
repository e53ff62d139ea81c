import type { ChosenImages, DataId, TableData } from './data.ts';

/** The table of all images: only the rows that are in sight exist, so that any number of them is quick. */

/** Rows above and below those in sight, for a quick scroll. */
const MARGIN = 10;

const id: DataId = 'table-data';
const data: TableData = JSON.parse(document.getElementById(id)?.textContent ?? '');
const element = (selector: string) => document.querySelector<HTMLElement>(selector);
const [scroller, table, head, body, shown] = [
  ...['#table-scroll', '#table', '#table .head', '#table-body', '#shown'].map(element),
];
const filter = document.querySelector<HTMLInputElement>('#filter');
const status = document.querySelector<HTMLSelectElement>('#status');
const headers = [...document.querySelectorAll<HTMLElement>('#table [role=columnheader]')];
const shownColumns = headers.map(({ dataset }) => dataset.column ?? '');

type Column = { text(row: number): string; value(row: number): string | number };
const columns: Record<string, Column> = {
  store: textColumn((row) => data.store_ids[data.store[row] ?? -1] ?? ''),
  image: numberColumn(data.image),
  status: {
    text: (row) => status?.options[(data.status[row] ?? 0) + 1]?.text ?? '',
    value: (row) => data.status[row] ?? 0,
  },
  url: textColumn((row) => data.url[row] ?? ''),
  error: textColumn(errorText),
  size: {
    text: (row) => (data.width[row] === -1 ? '' : `${data.width[row]} × ${data.height[row]}`),
    value: (row) =>
      data.width[row] === -1 ? -1 : (data.width[row] ?? 0) * (data.height[row] ?? 0),
  },
  format: textColumn((row) => data.formats[data.format[row] ?? -1] ?? ''),
  bytes: numberColumn(data.bytes),
  attempts: numberColumn(data.attempts),
  wait: numberColumn(data.wait),
  download: numberColumn(data.download),
  work: numberColumn(data.work),
};
/** Lower-case text that is looked through, made once. */
const searched = data.url.map((url, row) =>
  [columns.store?.text(row), url, errorText(row)].map(padded).join('\n').toLowerCase(),
);

let sort = { name: '', descending: false };
let rows: number[] = [];
/** As the style sheet says it, which is more on a narrow screen. */
let height = 32;
/** On paper nothing can be scrolled: there are the first rows, whatever is in sight. */
let isPrinted = false;
const PRINTED = 200;

function textColumn(text: (row: number) => string): Column {
  return { text, value: text };
}

function numberColumn(list: number[]): Column {
  return {
    text: (row) => (list[row] === -1 ? '' : String(list[row]).replace(/\B(?=(\d{3})+$)/g, ',')),
    value: (row) => list[row] ?? -1,
  };
}

function errorText(row: number): string {
  return data.errors[data.error[row] ?? -1] ?? '';
}

/** With a blank on both sides, so that `" S1 "` finds that store and not S10. */
function padded(text: string | undefined): string {
  return ` ${text} `;
}

/** Words, and what stands in quotation marks; those that are meant themselves are doubled in there. */
function wordsOf(text: string): string[] {
  const words = text.toLowerCase().matchAll(/"((?:[^"]|"")*)"|\S+/g);
  return [...words].map(([word, quoted]) => quoted?.replaceAll('""', '"') ?? word);
}

/** Chooses the rows anew: those with every word of the filter, and of the status that is asked for. */
function choose(): void {
  const words = wordsOf(filter?.value ?? '');
  const wanted = Number(status?.value ?? -1);
  rows = [];
  for (const [row, text] of searched.entries()) {
    if (wanted !== -1 && data.status[row] !== wanted) continue;
    if (words.every((word) => text.includes(word))) rows.push(row);
  }
  order();
  sayShown();
  table?.setAttribute('aria-rowcount', String(rows.length + 1));
  if (scroller) scroller.scrollTop = 0;
  draw();
  const detail: ChosenImages = { data, rows };
  document.dispatchEvent(new CustomEvent('images-chosen', { detail }));
}

function sayShown(): void {
  const [count, all] = [rows.length, searched.length].map((number) =>
    number.toLocaleString('en-US'),
  );
  const cut = isPrinted && rows.length > PRINTED ? `, here the first ${PRINTED}` : '';
  if (shown) shown.textContent = `${count} of ${all} images${cut}`;
}

function order(): void {
  const column = columns[sort.name];
  if (!column) return;
  const sign = sort.descending ? -1 : 1;
  const values = new Map(rows.map((row) => [row, column.value(row)]));
  rows.sort((a, b) => {
    const [one, other] = [values.get(a) ?? '', values.get(b) ?? ''];
    return one < other ? -sign : one > other ? sign : a - b;
  });
}

function draw(): void {
  if (!scroller || !body) return;
  body.style.height = isPrinted ? '' : `${rows.length * height}px`;
  const [first, last] = isPrinted ? [0, PRINTED] : inSight(scroller);
  const drawn = rows.slice(first, last).map((row, index) => rowElement(row, first + index));
  body.replaceChildren(...drawn);
}

function inSight(scroller: HTMLElement): [number, number] {
  const first = Math.max(0, Math.floor(scroller.scrollTop / height) - MARGIN);
  return [first, first + Math.ceil(scroller.clientHeight / height) + 2 * MARGIN];
}

function rowElement(row: number, position: number): HTMLElement {
  const line = document.createElement('div');
  line.setAttribute('role', 'row');
  // The header is row 1.
  line.setAttribute('aria-rowindex', String(position + 2));
  line.className = `row line ${columns.status?.text(row) ?? ''}`;
  if (!isPrinted) line.style.transform = `translateY(${position * height}px)`;
  for (const [index, name] of shownColumns.entries()) {
    const cell = cellElement(name, row);
    // Those that are empty may be left out of what is seen.
    cell.setAttribute('aria-colindex', String(index + 1));
    line.append(cell);
  }
  return line;
}

/** Columns whose texts may be longer than there is room. */
const LONG = new Set(['store', 'error', 'url']);

function cellElement(name: string, row: number): HTMLElement {
  const cell = document.createElement('div');
  const text = columns[name]?.text(row) ?? '';
  cell.setAttribute('role', 'cell');
  cell.className = name;
  if (name === 'url') cell.append(urlElement(text, data.link[row] === 1));
  else cell.textContent = text;
  if (LONG.has(name)) cell.title = text;
  return cell;
}

/** What of a URL's end is always seen: it tells images apart, where their beginnings are alike. */
const URL_END = 24;

/** In two parts, of which the first is cut off where there is no room. */
function urlElement(url: string, isLink: boolean): HTMLElement {
  const element = document.createElement(isLink ? 'a' : 'span');
  if (element instanceof HTMLAnchorElement) {
    element.href = url;
    element.rel = 'noreferrer';
    element.target = '_blank';
  }
  const characters = Array.from(url);
  const [begin, end] = [document.createElement('span'), document.createElement('span')];
  begin.textContent = characters.slice(0, -URL_END).join('');
  end.textContent = characters.slice(-URL_END).join('');
  end.className = 'end';
  element.append(begin, end);
  return element;
}

/** Up, down, and then as in the manifest again. */
function sortBy(name: string): void {
  if (sort.name !== name) sort = { name, descending: false };
  else if (!sort.descending) sort = { name, descending: true };
  else sort = { name: '', descending: false };
  for (const header of headers) {
    const isSorted = header.dataset.column === sort.name;
    const direction = sort.descending ? 'descending' : 'ascending';
    header.setAttribute('aria-sort', isSorted ? direction : 'none');
  }
  choose();
}

function showImages(words: string, wanted: number): void {
  if (!filter || !status) return;
  filter.value = words;
  status.value = String(wanted);
  choose();
  filter.scrollIntoView({ block: 'start' });
  filter.focus({ preventScroll: true });
}

/** Anew for a screen that has got wider or narrower: no row that was in sight is lost. */
function resize(): void {
  if (!scroller || !table) return;
  const position = scroller.scrollTop / height;
  height = Number.parseFloat(getComputedStyle(table).getPropertyValue('--row'));
  const around = scroller.offsetHeight - scroller.clientHeight + (head?.offsetHeight ?? 0);
  // No higher than its rows, and no lower when the filter leaves few.
  scroller.style.height = isPrinted ? '' : `${data.url.length * height + around}px`;
  draw();
  scroller.scrollTop = position * height;
}

scroller?.addEventListener('scroll', draw);
addEventListener('resize', resize);
for (const name of ['beforeprint', 'afterprint']) {
  addEventListener(name, () => {
    isPrinted = name === 'beforeprint';
    sayShown();
    resize();
  });
}
if (scroller) new ResizeObserver(draw).observe(scroller);
filter?.addEventListener('input', choose);
status?.addEventListener('change', choose);
for (const header of headers) {
  header
    .querySelector('button')
    ?.addEventListener('click', () => sortBy(header.dataset.column ?? ''));
}
document.addEventListener('show-images', (event) => {
  if (!(event instanceof CustomEvent)) return;
  showImages(`" ${String(event.detail).replaceAll('"', '""')} "`, -1);
});
for (const button of document.querySelectorAll<HTMLElement>('[data-filter]')) {
  button.addEventListener('click', () => showImages(button.dataset.filter ?? '', 1));
}
choose();
resize();
