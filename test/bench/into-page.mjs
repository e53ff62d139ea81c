// Puts a benchmark's table into the page on performance: into-page.mjs [bench.json]. Keeps it beside the tests that
// hold the two together. Rows of what was not measured this time stay as they are.
import { readFileSync, writeFileSync } from 'node:fs';
import { markdownTable } from './table.mjs';

const at = (path) => new URL(path, import.meta.url);
const source = process.argv[2] ?? 'bench.json';
const measured = JSON.parse(readFileSync(source, 'utf8'));
const kept = JSON.parse(readFileSync(at('results.json'), 'utf8'));
const works = new Set([...kept.rows, ...measured.rows].map(({ what }) => what));
const isWhole = works.size === new Set(measured.rows.map(({ what }) => what)).size;
/** A part is measured on the machine of the whole. */
const { machine } = isWhole ? measured : kept;
const rows = [...works].flatMap((what) => {
  const of = (list) => list.filter((row) => row.what === what);
  return of(measured.rows).length > 0 ? of(measured.rows) : of(kept.rows);
});
const PAGE = '../../src/help/performance.md';
const page = readFileSync(at(PAGE), 'utf8');
const begin = page.indexOf('\n', page.indexOf('other programs, which only fetch:'));
const end = page.indexOf('To repeat it:');
const table = `\n\n${machine}\n\n${markdownTable(rows)}\n\n`;
writeFileSync(at(PAGE), page.slice(0, begin) + table + page.slice(end));
writeFileSync(at('results.json'), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
