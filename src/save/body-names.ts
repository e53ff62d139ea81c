import type { SavedPlace } from '../job/effects.ts';
import type { Manifest } from '../manifest/manifest.ts';

/** The path of a body below the folder they are kept in, with `/` between its parts. */
export type BodyNames = (place: SavedPlace) => string;

/** Well below what any file system allows (255 bytes, 143 where names are encrypted), in bytes of UTF-8. */
const MAX_NAME_BYTES = 100;
// What Windows refuses (learn.microsoft.com, "Naming Files, Paths, and Namespaces"), controls, and the sign below.
const UNSAFE =
  /[<>:"/\\|?*~\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]/g;
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
/** Between a store's name and its number, where several stores have one name; in no name of another. */
const NUMBER_SIGN = '~';

/**
 * Names `STORE/INDEX-NAME.EXT` that are safe on every file system. Of stores
 * whose names are the same there, be it without regard to case, the second one
 * has `~2` behind it, and so on in manifest order.
 */
export async function createBodyNames(
  manifest: Pick<Manifest, 'store_count' | 'store'>,
): Promise<BodyNames> {
  const numbers = new Uint32Array(manifest.store_count);
  const counts = new Map<string, number>();
  for (let position = 0; position < manifest.store_count; position += 1) {
    const { store_id } = await manifest.store(position);
    // In this order also letters are one that have two small forms.
    const key = safeName(store_id).toUpperCase().toLowerCase();
    const number = (counts.get(key) ?? 0) + 1;
    counts.set(key, number);
    numbers[position] = number;
  }
  return ({ store, store_id, index, url, format }) => {
    const number = numbers[store] ?? 1;
    const folder = safeName(store_id) + (number > 1 ? `${NUMBER_SIGN}${number}` : '');
    return `${folder}/${index}-${safeName(nameIn(url))}.${format}`;
  };
}

/** A text as a file's name: never empty, no path, and what Windows takes for a file. */
export function safeName(text: string): string {
  const plain = text.toWellFormed().normalize('NFC').replace(UNSAFE, '_');
  const whole = firstBytes(plain, MAX_NAME_BYTES).replace(/^[\s.]+|[\s.]+$/g, '');
  if (whole === '') return '_';
  return RESERVED.test(whole) ? `_${whole}` : whole;
}

function firstBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  // A character that was cut is one that is no character.
  return bytes.toString('utf8', 0, most).replace(/\ufffd+$/, '');
}

/** The last part of a URL's path, decoded where that is possible, without its ending. */
function nameIn(url: string): string {
  // Not of its host, which may stand behind a name and a password.
  const path = url
    .replace(/[?#].*$/s, '')
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^\\/]*/i, '')
    .replace(/[\\/]+$/, '');
  const last = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return decoded(last).replace(/\.[A-Za-z0-9]{1,5}$/, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
