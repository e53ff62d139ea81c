import { basename, isAbsolute } from 'node:path';
import { DEFAULTS } from '../options/defaults.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { ResultsHead } from '../results/results-schema.ts';
import { formatBytes, formatCount, formatCounted, formatSpan } from '../terminal/numbers.ts';
import { VERSION } from '../version.ts';
import { html, type Markup } from './markup.ts';

/** Where a job came from. */
export type JobOrigin = {
  /** What its manifest is called; null where nobody knows. */
  manifest: string | null;
  /** What it was last run with; null where nobody knows. */
  options: JobOptions | null;
};

/** What made the page, of what, and how the job was run. */
export function footerSection(
  { summary }: Pick<ResultsHead, 'summary'>,
  { manifest, options }: JobOrigin,
): Markup {
  const { stores, images } = summary;
  const counts = `${formatCounted(stores.total, 'store')} with ${formatCounted(images.total, 'image')}`;
  const facts = [
    ['manifest', manifest === null ? counts : `${manifest}, ${counts}`],
    ...(options ? [['options', changedText(options)]] : []),
    ['made by', `imgjob ${VERSION}`],
  ];
  return html`<footer>
<dl class="facts">${facts.map(([name = '', value = '']) => html`<div class="fact"><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
${options ? allOptions(options) : html``}</footer>
`;
}

type Name = keyof JobOptions;

function namesOf(options: JobOptions): Name[] {
  // In one order, whatever that of a journal is.
  return Object.keys(DEFAULTS).filter((name): name is Name => name in options);
}

/** Those that are not what they are unless it is said. */
function changedText(options: JobOptions): string {
  const changed = namesOf(options).filter(
    (name) => JSON.stringify(options[name]) !== JSON.stringify(DEFAULTS[name]),
  );
  if (changed.length === 0) return 'the defaults';
  return changed.map((name) => `${wordsOf(name)} ${valueText(name, options[name])}`).join(', ');
}

function allOptions(options: JobOptions): Markup {
  const rows = namesOf(options).map(
    (name) =>
      html`<div class="fact"><dt>${wordsOf(name)}</dt><dd>${valueText(name, options[name])}</dd></div>\n`,
  );
  return html`<details><summary>All options</summary>
<dl class="facts columns">${rows}</dl></details>
`;
}

/** `stall_timeout_ms` → `stall timeout` */
function wordsOf(name: Name): string {
  return name.replace(/_ms$/, '').replaceAll('_', ' ');
}

function valueText(name: Name, value: JobOptions[Name]): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return withoutFolders(value);
  if (name === 'rate') return `${Number(value.toPrecision(3))}/s`;
  if (name.endsWith('_ms')) return formatSpan(value);
  return name === 'max_bytes' ? formatBytes(value) : formatCount(value);
}

/** Of a whole path its last name: the rest says how somebody's machine is laid out, and nothing of the job. */
function withoutFolders(text: string): string {
  return isAbsolute(text) ? basename(text) : text;
}
