import type { SavedPlace } from '../job/effects.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { parseUrl } from '../parse-url.ts';
import { withoutCase } from '../results/named-files.ts';

/** Paths of bodies below the folder they are kept in, with `/` between their parts. */
export type BodyNames = {
  /** The folder of a store's bodies. */
  folder(store: Pick<SavedPlace, 'store' | 'store_id'>): string;
  /** All of a path but `.` and the ending: also that of an image whose format nobody knows. */
  stem(place: Omit<SavedPlace, 'format'>): string;
  /** A path that no other image of the store has. */
  path(place: SavedPlace): string;
};

/** Well below what any file system allows (255 bytes, 143 where names are encrypted), in bytes of UTF-8. */
const MAX_NAME_BYTES = 100;
// What Windows refuses (learn.microsoft.com, "Naming Files, Paths, and Namespaces"), controls, and the sign below.
const UNSAFE =
  /[<>:"/\\|?*~\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]/g;
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
/** Before the number of a store, or of an image's name, that is there already; in no name otherwise. */
const NUMBER_SIGN = '~';

/**
 * Names `STORE/INDEX-NAME.EXT` that are safe on every file system. Of stores
 * whose names are the same there, be it without regard to case, the second one
 * has `~2` behind it, and so on in manifest order. So has an image whose name
 * another one of its store has brought along from an earlier run.
 */
export async function createBodyNames(
  manifest: Pick<Manifest, 'store_count' | 'store'>,
): Promise<BodyNames> {
  const numbers = new Uint32Array(manifest.store_count);
  const counts = new Map<string, number>();
  for (let position = 0; position < manifest.store_count; position += 1) {
    const { store_id } = await manifest.store(position);
    const key = withoutCase(safeName(store_id));
    const number = (counts.get(key) ?? 0) + 1;
    counts.set(key, number);
    numbers[position] = number;
  }
  const folder: BodyNames['folder'] = ({ store, store_id }) =>
    numbered(safeName(store_id), numbers[store] ?? 1);
  const stem: BodyNames['stem'] = ({ index, url, ...store }) =>
    `${folder(store)}/${index}-${safeName(nameIn(url))}`;
  return {
    folder,
    stem,
    path(place) {
      for (let number = 1; ; number += 1) {
        const path = `${numbered(stem(place), number)}.${place.format}`;
        if (!place.isTaken(path)) return path;
      }
    },
  };
}

function numbered(name: string, number: number): string {
  return number === 1 ? name : `${name}${NUMBER_SIGN}${number}`;
}

/** A text as a file's name: never empty, no path, and what Windows takes for a file. */
export function safeName(text: string): string {
  const plain = text.toWellFormed().normalize('NFC').replace(UNSAFE, '_');
  const whole = firstBytes(plain, MAX_NAME_BYTES).replace(/^[\s.]+|[\s.]+$/g, '');
  if (whole === '') return '_';
  return RESERVED.test(whole) ? `_${whole}` : whole;
}

function firstBytes(text: string, most: number): string {
  // No character takes more than three bytes for each of its units.
  if (text.length * 3 <= most) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  // A character that was cut is one that is no character.
  return bytes.toString('utf8', 0, most).replace(/\ufffd+$/, '');
}

/**
 * The last part of a URL's path, decoded where that is possible, without its
 * ending. Nothing of what may be secret: user names, passwords, queries.
 */
function nameIn(url: string): string {
  const path = parseUrl(url)?.pathname.replace(/\/+$/, '') ?? '';
  return decoded(path.slice(path.lastIndexOf('/') + 1)).replace(/\.[A-Za-z0-9]{1,5}$/, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
