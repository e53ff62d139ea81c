import type { ChosenImages, DataId, PicturesData, TableData } from './data.ts';

/** The pictures of the table's images, once a reader asks for them: only those in sight exist, and are loaded. */

const TILE = { width: 172, height: 232 };
/** Rows of pictures above and below those in sight. */
const MARGIN = 1;

const id: DataId = 'pictures-data';
const text = document.getElementById(id)?.textContent;
const element = (selector: string) => document.querySelector<HTMLElement>(selector);
const [button, part, scroller, list, none] = [
  ...['#pictures', '#gallery-part', '#gallery-scroll', '#gallery', '#no-pictures'].map(element),
];
const [frame, caption, back, on, close] = [
  ...['#viewer-frame', '#viewer-caption', '#viewer-back', '#viewer-on', '#viewer-close'].map(
    element,
  ),
];
const viewer = document.querySelector<HTMLDialogElement>('#viewer');

let data: TableData | null = null;
let pictures: PicturesData | null = null;
/** The rows of the table that are chosen, and those of them that have a picture. */
let chosen: number[] = [];
let rows: number[] = [];
/** Which of `rows` is looked at alone. */
let place = 0;
const tiles = new Map<number, HTMLElement>();

/** Of an image that has no file, its URL leads there; one that failed has none. */
function hasPicture(row: number): boolean {
  return pictures?.file[row] !== '' || (data?.status[row] === 0 && data.link[row] === 1);
}

function addressOf(row: number): string {
  const file = pictures?.file[row] ?? '';
  if (file === '') return data?.url[row] ?? '';
  return `${pictures?.folder}${file.split('/').map(encodeURIComponent).join('/')}`;
}

function count(value: number | undefined): string {
  return String(value ?? 0).replace(/\B(?=(\d{3})+$)/g, ',');
}

function formatOf(row: number): string {
  return data?.formats[data.format[row] ?? -1] ?? '';
}

/** What is said of a picture, a line each: its size comes first. */
function linesOf(row: number): string[] {
  return [
    `${data?.width[row]} × ${data?.height[row]} ${formatOf(row)}`,
    `image ${data?.image[row]}, ${count(data?.bytes[row])} bytes`,
    data?.store_ids[data.store[row] ?? -1] ?? '',
  ];
}

function pictureElement(row: number): HTMLImageElement {
  const picture = document.createElement('img');
  picture.loading = 'lazy';
  picture.decoding = 'async';
  picture.referrerPolicy = 'no-referrer';
  picture.alt = linesOf(row).join(', ');
  picture.addEventListener('error', () => {
    const missing = document.createElement('span');
    missing.className = 'missing';
    const why =
      pictures?.file[row] === ''
        ? 'Its server gives no picture'
        : 'Its file did not come with this page';
    missing.textContent = `${why}, or this browser shows no ${formatOf(row)}`;
    picture.replaceWith(missing);
  });
  picture.src = addressOf(row);
  return picture;
}

function tileElement(index: number, row: number): HTMLElement {
  const tile = document.createElement('li');
  tile.setAttribute('aria-setsize', String(rows.length));
  tile.setAttribute('aria-posinset', String(index + 1));
  const open = document.createElement('button');
  open.type = 'button';
  open.append(pictureElement(row));
  open.addEventListener('click', () => view(rows.indexOf(row)));
  tile.append(open);
  for (const text of linesOf(row)) {
    const line = document.createElement('span');
    line.textContent = text;
    line.title = text;
    tile.append(line);
  }
  return tile;
}

function draw(): void {
  if (!scroller || !list || part?.hidden) return;
  // No screen is so narrow, and a list of one in a row could be longer than browsers can draw.
  const across = Math.max(2, Math.floor(list.clientWidth / TILE.width));
  const width = list.clientWidth / across;
  list.style.height = `${Math.ceil(rows.length / across) * TILE.height}px`;
  const first = Math.max(0, Math.floor(scroller.scrollTop / TILE.height) - MARGIN) * across;
  const seen = Math.ceil(scroller.clientHeight / TILE.height) + 1 + 2 * MARGIN;
  const inSight = rows.slice(first, first + seen * across);
  const kept = new Set(inSight);
  for (const [row, tile] of tiles) {
    if (kept.has(row)) continue;
    tile.remove();
    tiles.delete(row);
  }
  for (const [offset, row] of inSight.entries()) {
    const index = first + offset;
    const tile = tiles.get(row) ?? tileElement(index, row);
    tiles.set(row, tile);
    const [x, y] = [(index % across) * width, Math.floor(index / across) * TILE.height];
    tile.style.transform = `translate(${x}px, ${y}px)`;
    tile.style.width = `${width}px`;
    if (tile !== list.children[offset]) list.insertBefore(tile, list.children[offset] ?? null);
  }
}

/** Begins anew with the rows that are chosen. */
function choose(): void {
  if (!pictures || part?.hidden) return;
  rows = chosen.filter(hasPicture);
  tiles.clear();
  list?.replaceChildren();
  if (none) none.hidden = rows.length > 0;
  if (scroller) scroller.scrollTop = 0;
  draw();
}

/** Shows one picture alone, as large as there is room. */
function view(index: number): void {
  const row = rows[index];
  if (row === undefined || !viewer) return;
  place = index;
  frame?.replaceChildren(pictureElement(row));
  if (caption) caption.textContent = linesOf(row).join(', ');
  back?.toggleAttribute('disabled', index === 0);
  on?.toggleAttribute('disabled', index === rows.length - 1);
  if (!viewer.open) viewer.showModal();
}

button?.addEventListener('click', () => {
  if (!part) return;
  pictures ??= JSON.parse(text ?? '');
  part.hidden = !part.hidden;
  button.setAttribute('aria-expanded', String(!part.hidden));
  button.textContent = part.hidden ? 'Show pictures' : 'Hide pictures';
  choose();
});
document.addEventListener('images-chosen', (event) => {
  if (!(event instanceof CustomEvent)) return;
  const told: ChosenImages = event.detail;
  data = told.data;
  chosen = told.rows;
  choose();
});
scroller?.addEventListener('scroll', draw);
if (scroller) new ResizeObserver(draw).observe(scroller);
back?.addEventListener('click', () => view(place - 1));
on?.addEventListener('click', () => view(place + 1));
close?.addEventListener('click', () => viewer?.close());
viewer?.addEventListener('keydown', ({ key }) => {
  if (key === 'ArrowLeft') view(place - 1);
  if (key === 'ArrowRight') view(place + 1);
});
// What is not looked at any more is not loaded either.
viewer?.addEventListener('close', () => frame?.replaceChildren());
