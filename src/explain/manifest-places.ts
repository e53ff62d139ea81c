import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileSource } from '../files/seekable.ts';
import type { ManifestForm } from '../manifest/format.ts';
import { findPlaces, type ManifestPlace } from '../manifest/place.ts';
import type { KeptRun } from '../state/open-results.ts';
import { keptForm } from '../state/state-folder.ts';
import { showText } from '../terminal/prose.ts';
import type { FoundImage } from './findings.ts';

type Places = (ManifestPlace | null)[];

/**
 * Where the URLs of images stand, as lines for people: `m.json:14:9  stores[3].images[2]`.
 * In the file that the user gave, as long as they are there; where it has
 * changed or is gone, in the copy that is kept with the job.
 */
export async function manifestPlaces(
  kept: KeptRun | null,
  images: FoundImage[],
): Promise<string[]> {
  const paths = images.map(({ store, image }) => `stores[${store}].images[${image}]`);
  if (!kept) return paths;
  const form = keptForm(kept.files);
  const { manifest_path } = kept.job;
  const given = manifest_path === null ? null : await placesIn(manifest_path, form, images);
  const isWhole = given?.every((place) => place !== null) ?? false;
  const copy = kept.files.manifest[form];
  const copied = isWhole ? null : await placesIn(copy, form, images);
  return paths.map((path, index) => {
    const place = given?.[index];
    if (place && manifest_path !== null) return lineOf(shortest(manifest_path), place, path);
    const line = lineOf(copy, copied?.[index] ?? null, path);
    if (manifest_path === null) return line;
    const why = given ? 'has changed since' : 'is gone';
    return `${line}  (${showText(shortest(manifest_path))} ${why})`;
  });
}

/** Null where there is no such file, or what is read there may be gone when it was read once. */
async function placesIn(
  path: string,
  form: ManifestForm,
  images: FoundImage[],
): Promise<Places | null> {
  const isFile = await stat(path).then(
    (stats) => stats.isFile() && !/^\/(dev|proc)\//.test(path),
    () => false,
  );
  if (!isFile) return null;
  const wanted = images.map(({ store, image, result }) => ({ store, image, url: result.url }));
  return findPlaces(fileSource(path), form, wanted);
}

function lineOf(file: string, place: ManifestPlace | null, path: string): string {
  const at = place ? `:${place.line}:${place.column}` : '';
  return `${showText(file)}${at}  ${showText(place?.path ?? path)}`.trimEnd();
}

/** As a path from here, where it is below. */
function shortest(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below;
}
