import { programName } from '../terminal/program-name.ts';
import { showText } from '../terminal/prose.ts';
import { fileWord } from '../terminal/shell-word.ts';
import { isObject, tryParse } from './accept.ts';
import {
  type FormBy,
  MANIFEST_FORMS,
  type ManifestForm,
  MEDIA_TYPE,
  manifestForm,
} from './format.ts';
import { isDelimiterLine, isHeader } from './list-columns.ts';

/** What is to be read as one form of a manifest, and is of another or of none. */

/** As much of a text as is looked at. */
const LOOKED_AT = 4096;

const NAMES: Record<ManifestForm, string> = {
  json: 'JSON',
  ndjson: 'NDJSON',
  csv: 'CSV',
  tsv: 'TSV',
  urls: 'a list of URLs',
};

const FOREIGN: [RegExp, string][] = [
  [/^(---|%YAML|- |[\w"'-]+ *:( |\r?\n|$))/, 'YAML'],
  [/^</, 'XML or HTML'],
];

/** What a text looks like that can't be read, and what to do about it; null where nobody can tell. */
export function adviceOn(text: string, by: FormBy = 'option'): string | null {
  const start = text.slice(0, LOOKED_AT).trimStart();
  const form = formOfText(start);
  if (form) return `this looks like ${NAMES[form]} (${saidBy(by, [form])})`;
  const [, name] = FOREIGN.find(([pattern]) => pattern.test(start)) ?? [];
  return name === undefined ? null : `this looks like ${name}, which is not read`;
}

/** What was expected of a text that is no JSON from its first character on; null where it may be JSON with a fault. */
export function notJson(text: string, by: FormBy = 'option'): string | null {
  if (/^\s*[{[]/.test(text.slice(0, LOOKED_AT))) return null;
  const advice = adviceOn(text, by);
  if (advice !== null) return `expected a manifest as ${NAMES.json}: ${advice}`;
  const others = MANIFEST_FORMS.filter((form) => form !== 'json');
  return `expected a manifest as ${NAMES.json}, or in another form with ${saidBy(by, others)}`;
}

function saidBy(by: FormBy, forms: ManifestForm[]): string {
  if (by === 'option') return `--manifest-format ${oneOf(forms)}`;
  return `content-type: ${oneOf(forms.map((form) => MEDIA_TYPE[form]))}`;
}

/** `a, b or c`. */
function oneOf(names: string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}

function formOfText(start: string): ManifestForm | null {
  const [line = ''] = start.split(/[\r\n]/, 1);
  if (/^[{[]/.test(start)) {
    const value = tryParse(line);
    return isObject(value) && 'store_id' in value ? 'ndjson' : 'json';
  }
  if (isHeader(line, '\t')) return 'tsv';
  if (isDelimiterLine(line) || isHeader(line, ',') || isHeader(line, ';')) return 'csv';
  return /^(#[^\r\n]*[\r\n]+\s*)*https?:\/\//i.test(start) ? 'urls' : null;
}

/** Formats of compressed files by their first bytes, as hexadecimal digits, and what unpacks them into a pipe. */
const PACKED: [string, string][] = [
  ['1f8b', 'gzip -dc'],
  ['28b52ffd', 'zstd -dc'],
  ['fd377a585a00', 'xz -dc'],
  ['425a68', 'bzip2 -dc'],
];
const ZIP = '504b0304';
/** Compound files: what Excel wrote before it wrote ZIP. */
const COMPOUND = 'd0cf11e0a1b11ae1';
/** Spreadsheets by what their names end with, and those that are ZIP files by the first name in them. */
const SPREADSHEETS: [string, RegExp, string][] = [
  ['.xlsx', /^(\[Content_Types\]\.xml|_rels\/|docProps\/|xl\/)/, 'an Excel workbook (.xlsx)'],
  ['.xlsm', /^xl\/vbaProject/, 'an Excel workbook (.xlsm)'],
  [
    '.ods',
    /^mimetypeapplication\/vnd\.oasis\.opendocument\.spreadsheet/,
    'an OpenDocument spreadsheet (.ods)',
  ],
  ['.numbers', /^Index\//, 'a Numbers spreadsheet (.numbers)'],
];
/** Where the first name in a ZIP file begins. */
const FIRST_NAME_AT = 30;
/** So many bytes of a file are enough to know it by. */
export const PACKING_LENGTH = 128;

/** What to do with a file that is compressed, or a spreadsheet's own; null for what is neither. */
export function packedAs(bytes: Buffer, path: string, form: ManifestForm): string | null {
  const start = bytes.toString('hex', 0, 8);
  const sheet = spreadsheet(start, bytes, path);
  if (sheet !== null) return `this is ${sheet}: save its sheet as CSV (UTF-8)`;
  const [, unpack] = PACKED.find(([magic]) => start.startsWith(magic)) ?? [];
  if (unpack === undefined) return null;
  if (path === '-') return `this is compressed: put ${unpack} before it in the pipe`;
  // `list.csv.gz` holds what `list.csv` would.
  const inner = manifestForm(path.replace(/\.\w+$/, ''), form === 'json' ? 'auto' : form);
  const read = `${programName()} run --manifest-format ${inner} -`;
  return `this is compressed: run ${unpack} ${showText(fileWord(path))} | ${read}`;
}

function spreadsheet(start: string, bytes: Buffer, path: string): string | null {
  if (start === COMPOUND) return 'an Excel workbook of the older form (.xls)';
  if (!start.startsWith(ZIP)) return null;
  const name = bytes.toString('latin1', FIRST_NAME_AT, PACKING_LENGTH);
  const [, , found] =
    SPREADSHEETS.find(([ending]) => path.toLowerCase().endsWith(ending)) ??
    SPREADSHEETS.find(([, first]) => first.test(name)) ??
    [];
  return found ?? 'a spreadsheet, or another ZIP file';
}
