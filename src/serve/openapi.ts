import { z } from 'zod';
import { manifestDocumentSchema } from '../manifest/document-schema.ts';
import { jobOptionsSchema } from '../options/job-options.ts';
import { eventSchema } from '../results/events.ts';
import { resultsSchema } from '../results/results-schema.ts';
import { ASKABLE } from '../service/request-options.ts';
import { JOB_STATES } from '../service/service.ts';
import { VERSION } from '../version.ts';
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
type SchemaName = keyof typeof SCHEMAS;

const EXAMPLE = {
  job_id: 'spring-audit',
  stores: [{ store_id: 'S0001', images: ['https://cdn.example/a.jpg'] }],
};
const OLDER_EXAMPLE = {
  count: 1,
  visits: [{ store_id: 'S0001', image_url: ['https://cdn.example/a.jpg'], visit_time: '09:30' }],
};

/** The API as OpenAPI 3.1, of the schemas that the rest of the program goes by. */
export function openApiDocument(): object {
  const schemas = Object.entries(SCHEMAS).map(([name, schema]) => [name, component(name, schema)]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'imgjob',
      version: VERSION,
      summary: 'Jobs of images, run in the background.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{}, { bearer: [] }],
    paths: paths(),
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function schemaOf(schema: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

/** What it refers to in itself stands elsewhere here. */
function component(name: string, schema: z.ZodType): object {
  const text = JSON.stringify(schemaOf(schema));
  return JSON.parse(text.replaceAll('"#/$defs/', `"#/components/schemas/${name}/$defs/`));
}

function paths(): object {
  const job = '/api/v1/jobs/{job_id}';
  return {
    '/api/v1/jobs': {
      get: operation('listJobs', 'All jobs, the newest first', {
        parameters: [
          query('state', { enum: JOB_STATES }),
          query('status', { enum: ['ongoing', 'completed', 'failed'] }),
          query('limit', { type: 'integer', minimum: 1, maximum: 500, default: 50 }),
          query('after', { type: 'string' }),
        ],
        responses: { 200: json('A page', 'JobList'), ...problems(400) },
      }),
      post: operation('submitJob', 'Submits a job; answers when it is on the disk', {
        parameters: [
          query('job_id', { type: 'string' }),
          ...optionParameters(),
          header('Idempotency-Key', 'A repeated submission is the same job.'),
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: ref('Manifest'), example: EXAMPLE },
            'application/x-ndjson': {
              schema: { type: 'string', description: 'One store a line.' },
              example: `${JSON.stringify(EXAMPLE.stores[0])}\n`,
            },
          },
        },
        responses: {
          201: json('It is accepted', 'SubmittedJob'),
          ...problems(400, 408, 409, 413, 415, 422, 429, 503),
        },
      }),
    },
    [job]: {
      parameters: [JOB_ID_PARAMETER],
      get: operation('getJob', 'How a job stands', {
        responses: { 200: json('The head of its results', 'JobStatus'), ...problems(404) },
      }),
      delete: operation('deleteJob', 'Removes a job that is at rest', {
        responses: { 204: { description: 'It is removed' }, ...problems(404, 409) },
      }),
    },
    [`${job}/results`]: reading('getResults', 'Its results as they stand', {
      'application/json': { schema: ref('Results') },
      'application/x-ndjson': { schema: { type: 'string' } },
    }),
    [`${job}/events`]: reading(
      'followJob',
      'Its events as they happen; `snapshot` events say how it goes on',
      { 'text/event-stream': { schema: { type: 'string', description: 'Of Event.' } } },
      [header('Last-Event-ID', 'Goes on behind that event.')],
    ),
    [`${job}/report.html`]: reading('getReport', 'Its report', HTML),
    [`${job}/junit.xml`]: reading('getJunit', 'Its results as JUnit XML', XML),
    [`${job}/cancel`]: acting('cancelJob', 'Stops a job: what has finished is kept', 200),
    [`${job}/resume`]: acting('resumeJob', 'Goes on with a cancelled or interrupted job', 202),
    [`${job}/retry-failed`]: acting('retryFailed', 'Does its failed stores again', 202),
    '/api/submit': {
      post: operation('submitVisits', 'Submits a job, as clients of the older service do', {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: ref('Manifest'), example: OLDER_EXAMPLE },
          },
        },
        responses: {
          201: inlineJson('It is accepted', 'job_id'),
          400: inlineJson('It is refused', 'error'),
        },
      }),
    },
    '/api/status': {
      get: operation('visitStatus', 'How such a job stands', {
        parameters: [{ ...query('jobid', { type: 'string' }), required: true }],
        responses: {
          200: json('How it stands', 'OlderStatus'),
          400: inlineJson('There is no such job', 'error'),
        },
      }),
    },
  };
}

const HTML = { 'text/html': { schema: { type: 'string' } } };
const XML = { 'application/xml': { schema: { type: 'string' } } };
const JOB_ID_PARAMETER = {
  name: 'job_id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
};

function operation(operationId: string, summary: string, rest: object): object {
  return { operationId, summary, ...rest };
}

function reading(id: string, summary: string, content: object, parameters: object[] = []): object {
  return {
    parameters: [JOB_ID_PARAMETER],
    get: operation(id, summary, {
      ...(parameters.length > 0 ? { parameters } : {}),
      responses: { 200: { description: summary, content }, ...problems(404) },
    }),
  };
}

function acting(id: string, summary: string, status: number): object {
  return {
    parameters: [JOB_ID_PARAMETER],
    post: operation(id, summary, {
      responses: { [status]: json('How it stands then', 'Job'), ...problems(404, 409) },
    }),
  };
}

function ref(name: SchemaName): object {
  return { $ref: `#/components/schemas/${name}` };
}

function json(description: string, name: SchemaName): object {
  return { description, content: { 'application/json': { schema: ref(name) } } };
}

/** An object of one text. */
function inlineJson(description: string, field: string): object {
  const properties = { [field]: { type: 'string' } };
  const schema = { type: 'object', properties, required: [field] };
  return { description, content: { 'application/json': { schema } } };
}

function problems(...statuses: number[]): object {
  const content = { 'application/problem+json': { schema: ref('Problem') } };
  const of = (status: number) => [status, { description: 'A problem', content }];
  return Object.fromEntries([401, ...statuses].map(of));
}

function query(name: string, schema: object): object {
  return { name, in: 'query', schema };
}

function header(name: string, description: string): object {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

function optionParameters(): object[] {
  const { shape } = jobOptionsSchema;
  return Object.entries(shape)
    .filter(([name]) => Object.hasOwn(ASKABLE, name))
    .map(([name, schema]) => query(name, schemaOf(schema)));
}
