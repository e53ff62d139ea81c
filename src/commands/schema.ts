import { EXIT } from '../errors.ts';
import { print } from '../files/print.ts';
import { jsonSchema, type SchemaName } from '../results/json-schemas.ts';

/** `imgjob schema <name>`: prints a contract as JSON Schema. */
export async function schema(name: SchemaName): Promise<number> {
  await print(jsonSchema(name));
  return EXIT.ok;
}
