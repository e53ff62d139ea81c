import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

/** Builds dist/: the program, what reports run in a browser, and the schemas as files. */

const at = (path) => new URL(`../${path}`, import.meta.url);
const tsc = (project) =>
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], {
    cwd: at('.'),
    stdio: 'inherit',
  });

rmSync(at('dist'), { recursive: true, force: true });
tsc('tsconfig.json');
tsc('src/browser');
copyFileSync(at('src/browser/page.css'), at('dist/browser/page.css'));

const { jsonSchema, SCHEMA_NAMES } = await import(at('dist/results/json-schemas.js').href);
mkdirSync(at('dist/schemas'));
for (const name of SCHEMA_NAMES) writeFileSync(at(`dist/schemas/${name}.json`), jsonSchema(name));
