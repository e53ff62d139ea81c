import { z } from 'zod';
import { manifestDocumentSchema } from '../manifest/document-schema.ts';
import { eventSchema } from '../results/events.ts';
import { nameParts } from '../results/json-schemas.ts';
import { resultsSchema } from '../results/results-schema.ts';
import {
  jobEntrySchema,
  jobListSchema,
  jobStatusSchema,
  olderStatusSchema,
  problemSchema,
  submittedSchema,
} from './schemas.ts';

const SCHEMAS = {
  Manifest: manifestDocumentSchema,
  Results: resultsSchema,
  Event: eventSchema,
  Job: jobEntrySchema,
  SubmittedJob: submittedSchema,
  JobList: jobListSchema,
  JobStatus: jobStatusSchema,
  Problem: problemSchema,
  OlderStatus: olderStatusSchema,
};
type ApiSchemaName = keyof typeof SCHEMAS;

/** The schemas of what is asked and answered, and of their parts, by name. */
export function componentSchemas(): Record<string, object> {
  nameParts();
  const all = Object.entries(SCHEMAS).flatMap(([name, schema]) => components(name, schema));
  return Object.fromEntries(all);
}

/** A schema as JSON Schema, which OpenAPI 3.1 takes as it is. */
export function schemaOf(schema: z.ZodType) {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

/** A schema with the parts that it refers to: those with a name of their own, the others by its name. */
function components(name: string, schema: z.ZodType): [string, object][] {
  const text = JSON.stringify(schemaOf(schema)).replace(
    /"#\/\$defs\/(\w+)"/g,
    (_, part: string) => {
      return `"#/components/schemas/${partName(name, part)}"`;
    },
  );
  const { $defs = {}, ...whole } = JSON.parse(text);
  const parts = Object.entries<object>($defs);
  return [[name, whole], ...parts.map(([part, one]) => entry(partName(name, part), one))];
}

function entry(name: string, { id, ...schema }: { id?: string }): [string, object] {
  return [name, schema];
}

function partName(name: string, part: string): string {
  return part.startsWith('__') ? `${name}${part}` : part;
}

/** Errors as the older service has them. */
export function olderErrors(more: Record<number, string>): object {
  const all = {
    401: 'A token is needed',
    421: 'This server does not answer under that name',
    ...more,
  };
  const of = ([status, why]: [string, string]) => [status, inlineJson(why, 'error')];
  return Object.fromEntries(Object.entries(all).map(of));
}

/** Leads to a schema. */
export function ref(name: ApiSchemaName): object {
  return { $ref: `#/components/schemas/${name}` };
}

/** An answer of JSON. */
export function json(description: string, name: ApiSchemaName): object {
  return { description, content: { 'application/json': { schema: ref(name) } } };
}

/** An object of one text. */
export function inlineJson(description: string, field: string): object {
  const properties = { [field]: { type: 'string' } };
  const schema = { type: 'object', properties, required: [field] };
  return { description, content: { 'application/json': { schema } } };
}

/** Answers of errors, with those that every path has. */
export function problems(...statuses: number[]): Record<number, object> {
  const content = { 'application/problem+json': { schema: ref('Problem') } };
  const of = (status: number) => [status, { description: 'A problem', content }];
  return Object.fromEntries([401, 421, ...statuses].map(of));
}
