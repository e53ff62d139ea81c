import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import type { SchemaName } from '../../src/results/json-schemas.ts';

/** What is wrong with values by a schema of the package, by another program's reading of it; nothing is an empty list. */
export function schemaOf(name: SchemaName): (value: unknown) => unknown[] {
  const path = new URL(`../../dist/schemas/${name}.json`, import.meta.url);
  const ajv = new Ajv({ strict: true, strictTypes: false });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')));
  return (value) => (validate(value) ? [] : (validate.errors ?? []));
}
