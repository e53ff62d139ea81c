import { extname } from 'node:path';

/** How a manifest may be written. */
export const MANIFEST_FORMS = ['json', 'ndjson', 'csv', 'tsv', 'urls'] as const;
export type ManifestForm = (typeof MANIFEST_FORMS)[number];
/** The forms of a list: a row for each image. */
export type ListForm = Exclude<ManifestForm, 'json' | 'ndjson'>;

/** `auto` goes by the file's name. */
export type ManifestFormat = 'auto' | ManifestForm;

/** How the form is said of a manifest: by `--manifest-format`, or by the header of HTTP. */
export type FormBy = 'option' | 'content-type';

const FORM_OF_ENDING = new Map<string, ManifestForm>([
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.csv', 'csv'],
  ['.tsv', 'tsv'],
  ['.txt', 'urls'],
]);

/** How a manifest is written: as it was said, else by the ending of its name, which may be any for JSON. */
export function manifestForm(path: string, format: ManifestFormat): ManifestForm {
  if (format !== 'auto') return format;
  return FORM_OF_ENDING.get(extname(path).toLowerCase()) ?? 'json';
}

/**
 * How HTTP calls each form: RFC 8259, RFC 4180 and RFC 2483; that of TSV is
 * registered by IANA, and that of NDJSON is what its users say.
 */
export const MEDIA_TYPE = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  urls: 'text/uri-list',
} as const satisfies Record<ManifestForm, string>;
