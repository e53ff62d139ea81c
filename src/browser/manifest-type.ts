/** How each form of a manifest is called, by the ending of its file's name. */
const TYPES = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  txt: 'text/uri-list',
} as const;

/** The media type of a manifest: by the file's name, or as what was pasted looks. */
export function typeOf(name: string, content: string): string {
  const [, ending = ''] = /\.([a-z]+)$/i.exec(name) ?? [];
  const known = new Map<string, string>(Object.entries(TYPES));
  return known.get(ending.toLowerCase()) ?? typeOfText(content);
}

function typeOfText(content: string): string {
  const [first = '', second] = content.split(/\r\n?|\n/).filter((line) => line.trim() !== '');
  if (/^\ufeff?\s*[[{]/.test(first)) return second && isJson(first) ? TYPES.ndjson : TYPES.json;
  if (/\bstore_id\b/.test(first)) return first.includes('\t') ? TYPES.tsv : TYPES.csv;
  return /^\s*(#|https?:)/i.test(first) ? TYPES.txt : TYPES.json;
}

/** Whether a line is a whole value. */
function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
