// Puts a benchmark's table into the README: into-readme.mjs [bench.json]. Keeps it beside the tests that hold the two together.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { markdownTable } from './table.mjs';

const at = (path) => new URL(path, import.meta.url);
const source = process.argv[2] ?? 'bench.json';
const { machine, rows } = JSON.parse(readFileSync(source, 'utf8'));
const readme = readFileSync(at('../../README.md'), 'utf8');
const begin = readme.indexOf('\n', readme.indexOf('other programs, which only fetch:'));
const end = readme.indexOf('To repeat it:');
const table = `\n\n${machine}\n\n${markdownTable(rows)}\n\n`;
writeFileSync(at('../../README.md'), readme.slice(0, begin) + table + readme.slice(end));
copyFileSync(source, at('results.json'));
