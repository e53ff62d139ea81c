import type { TableData } from '../browser/data.ts';
import type { ImageError, ImageResult, StoreResult } from '../results/results-schema.ts';
import { showText, showUrl } from '../terminal/prose.ts';
import { spansOf } from './image-spans.ts';
import { isBelow } from './picture-folder.ts';
import { isLink } from './url-link.ts';

/** A browser is quick with so many, and the page has some 30 MB then. */
const MAX_ROWS = 200_000;

/** What an image can be, as the table's `status` column counts. */
export const STATUSES = ['completed', 'failed', 'skipped', 'pending'] as const;

export type Table = {
  data: TableData;
  /** All images, also those that have no row. */
  images: number;
  /** Null where they are not asked for. */
  pictures: TablePictures | null;
};

/** Where the pictures of the rows are to be had. */
export type TablePictures = {
  /** One for each row: below the folder of the kept files; nothing where there is none. */
  files: string[];
  /** How many rows have a file, and how many more have a picture where their URL leads. */
  kept: number;
  linked: number;
};

export type TableOptions = {
  images: number;
  failed: number;
  /** Whether pictures are asked for, and whether there is a folder that has their files. */
  pictures?: { hasFolder: boolean } | null;
};

export type TableBuilder = { add(store: StoreResult): void; table(): Table };

/**
 * The rows of the table of all images. Where there are too many, failed ones
 * come first: the others fill what is left, in manifest order.
 */
export function createTable({ images, failed, pictures = null }: TableOptions): TableBuilder {
  const data = noRows();
  const found: TablePictures | null = pictures && { files: [], kept: 0, linked: 0 };
  let room = Math.max(0, Math.min(images, MAX_ROWS) - Math.min(failed, MAX_ROWS));
  let roomForFailed = MAX_ROWS;
  const errors = createIndex(data.errors);
  const formats = createIndex(data.formats);

  /** Whether there is room for it, which is then taken. */
  function take({ error }: ImageResult): boolean {
    if (error) return roomForFailed-- > 0;
    return room-- > 0;
  }

  function add({ store_id, images: results }: StoreResult): void {
    let store = -1;
    for (const [index, image] of results.entries()) {
      if (!take(image)) continue;
      if (store === -1) store = data.store_ids.push(showText(store_id)) - 1;
      const { error, format } = image;
      const columns = {
        store,
        image: index + 1,
        format: format === null ? -1 : formats(showText(format)),
        error: error ? errors(errorText(error)) : -1,
      };
      addRow(data, image, columns);
      if (found) addPicture(found, image, pictures?.hasFolder ?? false);
    }
  }

  return { add, table: () => ({ data, images, pictures: found }) };
}

/** With its host, so that a cause can be looked for by its words. */
export function errorText({ code, message, host }: ImageError): string {
  return showText(`${code}: ${message}${host === null ? '' : ` (${host})`}`);
}

function addRow(
  data: TableData,
  image: ImageResult,
  columns: { store: number; image: number; format: number; error: number },
): void {
  const spans = spansOf(image);
  data.store.push(columns.store);
  data.image.push(columns.image);
  data.url.push(showUrl(image.url));
  data.link.push(isLink(image.url) ? 1 : 0);
  data.status.push(STATUSES.indexOf(image.status));
  data.width.push(image.width ?? -1);
  data.height.push(image.height ?? -1);
  data.format.push(columns.format);
  data.bytes.push(image.bytes ?? -1);
  data.attempts.push(image.attempts);
  data.wait.push(spans?.wait_ms ?? -1);
  data.download.push(image.download_ms ?? -1);
  data.work.push(image.work_ms ?? -1);
  data.error.push(columns.error);
}

/** Of an image that failed nothing is kept, and where its URL leads is nothing to see. */
function addPicture(
  pictures: TablePictures,
  { status, file, url }: ImageResult,
  hasFolder: boolean,
) {
  const isKept = hasFolder && status === 'completed' && file !== null && isBelow(file);
  pictures.files.push(isKept ? file : '');
  if (isKept) pictures.kept += 1;
  else if (status === 'completed' && isLink(url)) pictures.linked += 1;
}

/** The position of a text in a list, to which it is added where it is not there. */
function createIndex(list: string[]): (text: string) => number {
  const positions = new Map<string, number>();
  return (text) => {
    const known = positions.get(text);
    if (known !== undefined) return known;
    const position = list.push(text) - 1;
    positions.set(text, position);
    return position;
  };
}

function noRows(): TableData {
  return {
    ...{ store_ids: [], formats: [], errors: [], store: [], image: [], url: [], link: [] },
    ...{ status: [], width: [], height: [], format: [], bytes: [], attempts: [] },
    ...{ wait: [], download: [], work: [], error: [] },
  };
}
