import { MEDIA_TYPE } from '../manifest/format.ts';
import { jobOptionsSchema } from '../options/job-options.ts';
import { ASKABLE } from '../service/request-options.ts';
import { JOB_STATES } from '../service/service.ts';
import { VERSION } from '../version.ts';
import {
  componentSchemas,
  inlineJson,
  json,
  olderErrors,
  problems,
  ref,
  schemaOf,
} from './openapi-schemas.ts';

const EXAMPLE = {
  job_id: 'spring-audit',
  stores: [{ store_id: 'S0001', images: ['https://cdn.example/a.jpg'] }],
} as const;
const OLDER_EXAMPLE = {
  count: 1,
  visits: [{ store_id: 'S0001', image_url: ['https://cdn.example/a.jpg'], visit_time: '09:30' }],
};

/** The API as OpenAPI 3.1, of the schemas that the rest of the program goes by. */
export function openApiDocument(): object {
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
      schemas: componentSchemas(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** The forms that have a line for each entry. */
function lists(): object {
  const { ndjson, csv, tsv, urls } = MEDIA_TYPE;
  const [url] = EXAMPLE.stores[0].images;
  const list = (description: string, example: string) => {
    return { schema: { type: 'string', description }, example };
  };
  return {
    [ndjson]: list('One store a line.', `${JSON.stringify(EXAMPLE.stores[0])}\n`),
    [csv]: list('One image a line, under a header.', `store_id,image_url\nS0001,${url}\n`),
    [tsv]: list('The same, with tabs.', `store_id\timage_url\nS0001\t${url}\n`),
    [urls]: list('One URL a line, each a store of its own.', `${url}\n`),
  };
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
            [MEDIA_TYPE.json]: { schema: ref('Manifest'), example: EXAMPLE },
            ...lists(),
          },
        },
        responses: {
          201: json('It is accepted', 'SubmittedJob'),
          ...problems(400, 403, 408, 409, 413, 415, 422, 429, 503, 507),
        },
      }),
    },
    [job]: {
      parameters: [JOB_ID_PARAMETER],
      get: operation('getJob', 'How a job stands', {
        responses: { 200: json('The head of its results', 'JobStatus'), ...problems(404) },
      }),
      delete: operation('deleteJob', 'Removes a job that is not running', {
        responses: { 204: { description: 'It is removed' }, ...problems(403, 404, 409) },
      }),
    },
    [`${job}/results`]: reading(
      'getResults',
      'Its results as they stand',
      {
        'application/json': { schema: ref('Results') },
        'application/x-ndjson': { schema: { type: 'string' } },
      },
      {
        parameters: [header('If-None-Match', 'An `ETag` of an earlier answer.')],
        responses: { 304: { description: 'They have not changed' } },
      },
    ),
    [`${job}/events`]: reading(
      'followJob',
      'Its events as they happen; `snapshot` events say how it goes on',
      { 'text/event-stream': { schema: { type: 'string', description: 'Of Event.' } } },
      {
        parameters: [header('Last-Event-ID', 'Goes on after that event.')],
        responses: {
          204: { description: 'The job is not running, and all its events were sent' },
          ...problems(429),
        },
      },
    ),
    [`${job}/report.html`]: reading('getReport', 'Its report', HTML),
    [`${job}/junit.xml`]: reading('getJunit', 'Its results as JUnit XML', XML),
    [`${job}/cancel`]: acting('cancelJob', 'Stops a job: what has finished is kept', 200, []),
    [`${job}/resume`]: acting(
      'resumeJob',
      'Goes on with a cancelled or interrupted job',
      202,
      [429, 503],
    ),
    [`${job}/retry-failed`]: acting('retryFailed', 'Does its failed stores again', 202, [429, 503]),
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
          ...olderErrors({
            400: 'It is refused',
            403: 'It comes from a page of another site',
            408: 'The body takes too long',
            413: 'The body is too large',
            415: 'The body is compressed',
            429: 'Too many jobs wait',
            503: 'The server is stopping',
          }),
        },
      }),
    },
    '/api/status': {
      get: operation('visitStatus', 'How such a job stands', {
        parameters: [{ ...query('jobid', { type: 'string' }), required: true }],
        responses: {
          200: json('How it stands', 'OlderStatus'),
          ...olderErrors({ 400: 'There is no such job' }),
        },
      }),
    },
    ...watching(),
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

type More = { parameters: object[]; responses: object };

function reading(id: string, summary: string, content: object, more?: More): object {
  return {
    parameters: [JOB_ID_PARAMETER],
    get: operation(id, summary, {
      ...(more ? { parameters: more.parameters } : {}),
      responses: { 200: { description: summary, content }, ...problems(404), ...more?.responses },
    }),
  };
}

function acting(id: string, summary: string, status: number, more: number[]): object {
  return {
    parameters: [JOB_ID_PARAMETER],
    post: operation(id, summary, {
      responses: {
        [status]: json('How it stands then', 'Job'),
        ...problems(403, 404, 409, ...more),
      },
    }),
  };
}

/** What looks whether a server lives asks for it without a token. */
function watching(): object {
  const status = (description: string) => inlineJson(description, 'status');
  return {
    '/healthz': {
      get: operation('isAlive', 'Whether the server lives', {
        security: [{}],
        responses: { 200: status('It does') },
      }),
    },
    '/readyz': {
      get: operation('isReady', 'Whether it takes jobs', {
        security: [{}],
        responses: { 200: status('It does'), 503: status('Not now') },
      }),
    },
    '/metrics': {
      get: operation('getMetrics', 'What Prometheus reads', {
        responses: {
          200: {
            description: 'Metrics',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
          401: problems()[401],
        },
      }),
    },
  };
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
