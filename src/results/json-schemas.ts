import { z } from 'zod';
import { manifestDocumentSchema } from '../manifest/document-schema.ts';
import { eventLineSchema } from './events.ts';
import { resultsSchema } from './results-schema.ts';

export const SCHEMA_NAMES = ['manifest', 'results', 'event'] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

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
      'The results document of a job. What is absent is null. Durations are milliseconds, sizes bytes; positions count from 0.',
  },
  event: {
    schema: eventLineSchema,
    title: 'imgjob event',
    description:
      'A line of a journal or of --progress json. `store` and `image` are positions, from 0.',
  },
};

/** A contract as JSON Schema (draft 7, which editors know best), as text that ends with a newline. */
export function jsonSchema(name: SchemaName): string {
  const { schema, title, description } = SCHEMAS[name];
  // Of what is read the input counts: fields that are not known there are passed over.
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}
