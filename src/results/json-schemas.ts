import { z } from 'zod';
import { manifestDocumentSchema } from '../manifest/document-schema.ts';
import { eventLineSchema } from './events.ts';
import {
  imageErrorSchema,
  imageResultSchema,
  resultsHeadSchema,
  resultsSchema,
  storeErrorSchema,
  storeResultSchema,
} from './results-schema.ts';

export const SCHEMA_NAMES = ['manifest', 'results', 'event', 'results-line'] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

const resultsLineSchema = z.union([
  z.strictObject({ job_id: z.string(), ...storeResultSchema.shape }),
  resultsHeadSchema,
]);

const SCHEMAS = {
  manifest: {
    schema: manifestDocumentSchema,
    title: 'imgjob manifest',
    description: 'Names one job: its stores and the URLs of their images.',
  },
  results: {
    schema: resultsSchema,
    title: 'imgjob results',
    description:
      'The results document of a job. A value that does not exist is null. Durations are milliseconds, sizes bytes; positions count from 0.',
  },
  event: {
    schema: eventLineSchema,
    title: 'imgjob event',
    description:
      'A line of a journal or of --progress json. `store` and `image` are positions, from 0.',
  },
  'results-line': {
    schema: resultsLineSchema,
    title: 'imgjob results line',
    description:
      'A line of NDJSON results: a store each, in the order of the manifest, and at the end the document without its stores.',
  },
};

/** Says what programs that make types of a schema call the parts that stand in it several times. */
export function nameParts(): void {
  z.globalRegistry.add(imageResultSchema, { id: 'ImageResult' });
  z.globalRegistry.add(imageErrorSchema, { id: 'ImageError' });
  z.globalRegistry.add(storeErrorSchema, { id: 'StoreError' });
}

/**
 * A contract as JSON Schema (draft 7, which editors know best), as text that
 * ends with a newline. `$id` is a name, and no place.
 */
export function jsonSchema(name: SchemaName): string {
  nameParts();
  const { schema, title, description } = SCHEMAS[name];
  const { $schema, definitions, ...rest } = z.toJSONSchema(schema, {
    // Of what is read the input counts: fields that are not known there are passed over.
    ...{ io: 'input', target: 'draft-7' },
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === imageResultSchema.shape.output) becomeAnything(jsonSchema);
    },
  });
  const head = { $schema, $id: `urn:imgjob:schema:${name}`, title, description };
  return `${JSON.stringify({ ...head, ...rest, definitions: named(definitions) }, null, 2)}\n`;
}

const JSON_TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;

/**
 * Any JSON value. To say that what is in it is one again takes a schema that
 * refers to itself, on which quicktype fails; and of a schema that says
 * nothing json-schema-to-typescript makes an object.
 */
function becomeAnything(schema: z.core.JSONSchema.BaseSchema): void {
  schema.anyOf = JSON_TYPES.map((type) => ({ type }));
  schema.description = 'What the work on the image returned; null for nothing.';
}

/** Without what nothing refers to any more. */
function named(definitions: z.core.JSONSchema.BaseSchema['definitions']) {
  const all = Object.entries(definitions ?? {}).filter(([name]) => !name.startsWith('__'));
  return all.length > 0 ? Object.fromEntries(all) : undefined;
}
