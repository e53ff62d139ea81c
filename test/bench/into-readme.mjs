// Puts a benchmark's table into the README: into-readme.mjs [bench.json]. Keeps it beside the tests that hold the two
// together. Rows of what was not measured this time stay as they are.
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
const readme = readFileSync(at('../../README.md'), 'utf8');
const begin = readme.indexOf('\n', readme.indexOf('other programs, which only fetch:'));
const end = readme.indexOf('To repeat it:');
const table = `\n\n${machine}\n\n${markdownTable(rows)}\n\n`;
writeFileSync(at('../../README.md'), readme.slice(0, begin) + table + readme.slice(end));
writeFileSync(at('results.json'), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
