import type { TextSource } from '../files/seekable.ts';
import type { FormBy, ManifestForm, ManifestFormat } from './format.ts';
import type { Manifest } from './manifest.ts';

export type ManifestSource = TextSource;

export type ManifestOptions = {
  format: ManifestFormat;
  /** Takes the place of the manifest's own; null leaves it. */
  job_id: string | null;
  /** Wall-clock time in milliseconds since 1970, for made-up ids. */
  now(): number;
  /** A number from 0 up to 1, for made-up ids. */
  random(): number;
  /** What is wrong with a URL, or null. Only `validate` gives it: a run judges URLs when it fetches them. */
  checkUrl?: (url: string) => string | null;
  /** So many problems are told, and that there are more; 200,000 unless it is said. */
  most_problems?: number;
  /** How whoever gave it says which form it has: by an option of the command line, unless it came over HTTP. */
  form_by?: FormBy;
};

export type ReadManifest = {
  manifest: Manifest;
  /** Whether its id was given, and not made up. */
  named: boolean;
  text: ManifestText;
  warnings: string[];
};

/** A manifest as it was given. */
export type ManifestText = {
  form: ManifestForm;
  /** Writes it to a new file that only this user can read. May be called once, before the manifest is closed. */
  copyTo(path: string): Promise<void>;
  /** Lets go of it; for those who will not copy it. */
  release(): void;
};
