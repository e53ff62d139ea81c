import { isLastingFile } from '../files/lasting-file.ts';
import { pathFromHere } from '../files/path-from-here.ts';
import { fileSource } from '../files/seekable.ts';
import type { ManifestForm } from '../manifest/format.ts';
import { findPlaces, type ManifestPlace } from '../manifest/place.ts';
import type { KeptRun } from '../state/open-results.ts';
import { keptForm } from '../state/state-folder.ts';
import { showText } from '../terminal/prose.ts';
import type { FoundImage } from './findings.ts';

/** Where the URL of an image stands. */
export type ImagePlace = {
  /** The manifest's file; null where that is not known. */
  file: string | null;
  /** Counted from 1; null where the place was not found. */
  line: number | null;
  column: number | null;
  /** `stores[3].images[2]`, or a column's name. */
  path: string;
  /** Why it is not in the file that the user gave; null where it is. */
  note: string | null;
};

type Places = (ManifestPlace | null)[];

/**
 * Where the URLs of images stand: in the file that the user gave, as long as
 * they are there; where it has changed or is gone, in the copy that is kept
 * with the job.
 */
export async function manifestPlaces(
  kept: KeptRun | null,
  images: FoundImage[],
): Promise<ImagePlace[]> {
  const paths = images.map(({ store, image }) => `stores[${store}].images[${image}]`);
  if (!kept) return paths.map((path) => placed(null, null, path, null));
  const form = keptForm(kept.files);
  const { manifest_path } = kept.job;
  const given = manifest_path === null ? null : await placesIn(manifest_path, form, images);
  const isWhole = given?.every((place) => place !== null) ?? false;
  const copy = kept.files.manifest[form];
  const copied = isWhole ? null : await placesIn(copy, form, images);
  return paths.map((path, index) => {
    const file = manifest_path === null ? null : pathFromHere(manifest_path);
    const place = given?.[index];
    if (place) return placed(file, place, path, null);
    const why = given ? 'has changed since' : 'is gone';
    return placed(copy, copied?.[index] ?? null, path, file === null ? null : `${file} ${why}`);
  });
}

function placed(
  file: string | null,
  place: ManifestPlace | null,
  path: string,
  note: string | null,
): ImagePlace {
  const { line = null, column = null } = place ?? {};
  return { file, line, column, path: place?.path ?? path, note };
}

/** A line for people: `m.json:14:9  stores[3].images[2]`. */
export function placeText({ file, line, column, path, note }: ImagePlace): string {
  const at = line === null ? '' : `:${line}:${column}`;
  const where = file === null ? path : `${file}${at}  ${path}`.trimEnd();
  return showText(note === null ? where : `${where}  (${note})`);
}

/** Null where there is no such file. */
async function placesIn(
  path: string,
  form: ManifestForm,
  images: FoundImage[],
): Promise<Places | null> {
  if (!(await isLastingFile(path))) return null;
  const wanted = images.map(({ store, image, result }) => ({ store, image, url: result.url }));
  return findPlaces(fileSource(path), form, wanted);
}
