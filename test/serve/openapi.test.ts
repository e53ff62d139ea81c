import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../src/serve/openapi.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
keptJobs(runs);
const serve = setUpServices(runs);

type Operation = {
  operationId: string;
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
  requestBody?: { content: Record<string, { example?: unknown }> };
};
type Document = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};

const document: Document = JSON.parse(JSON.stringify(openApiDocument()));

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => method !== 'parameters')
    .map(([method, operation]) => ({ path, method, operation })),
);

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  return ajv;
}

/** Checks an answer by the schema that an operation has for it. */
function problemsOf(id: string, status: number, type: string, value: unknown) {
  const { operation } = operations.find((one) => one.operation.operationId === id) ?? {};
  const schema = operation?.responses[status]?.content?.[type]?.schema;
  if (!schema) return [`${id} has no ${status} ${type}`];
  const check = createAjv().compile({ ...schema, components: document.components });
  check(value);
  return check.errors ?? [];
}

describe('the OpenAPI document', () => {
  it('has names that are its own, and leads nowhere that is not there', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const refs = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)/g)];
    const missing = refs.filter(([, name = '']) => !(name in document.components.schemas));
    expect(missing).toEqual([]);
    for (const [path, item] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const { parameters = [] } = item as unknown as { parameters?: { name: string }[] };
      expect(parameters.map(({ name }) => name)).toEqual(named);
    }
  });

  it('has no schema that can’t be used', () => {
    for (const schema of Object.values(document.components.schemas)) {
      createAjv().compile({ ...schema, components: document.components });
    }
  });

  it('says what is answered, and its examples run', async () => {
    const { url } = await serve();
    const served = await ask(`${url}/api/v1/openapi.json`);
    expect(served.json).toEqual(document);
    for (const { path, operation } of operations) {
      for (const [type, { example }] of Object.entries(operation.requestBody?.content ?? {})) {
        const body = typeof example === 'string' ? example : JSON.stringify(example);
        const options = { method: 'POST', body, headers: { 'content-type': type } };
        const { status, json } = await ask(`${url}${path}?retries=0`, options);
        expect([path, type, status]).toEqual([path, type, 201]);
        const { operationId } = operation;
        expect(problemsOf(operationId, 201, 'application/json', json)).toEqual([]);
      }
    }
    const job = `${url}/api/v1/jobs/spring-audit`;
    await expect.poll(async () => (await ask(job)).json.status).toBe('failed');
    const json = 'application/json';
    const read = async (path: string) => (await ask(path)).json;
    expect(problemsOf('listJobs', 200, json, await read(`${url}/api/v1/jobs`))).toEqual([]);
    expect(problemsOf('getJob', 200, json, await read(job))).toEqual([]);
    expect(problemsOf('getResults', 200, json, await read(`${job}/results`))).toEqual([]);
    const older = await read(`${url}/api/status?jobid=spring-audit`);
    expect(problemsOf('visitStatus', 200, json, older)).toEqual([]);
    const none = await ask(`${url}/api/v1/jobs/none`);
    expect(problemsOf('getJob', 404, 'application/problem+json', none.json)).toEqual([]);
    const retried = await ask(`${job}/retry-failed`, { method: 'POST' });
    expect(problemsOf('retryFailed', 202, json, retried.json)).toEqual([]);
    const bad = await ask(`${url}/api/v1/jobs`, { method: 'POST', body: '{"stores":7}' });
    expect(problemsOf('submitJob', 400, 'application/problem+json', bad.json)).toEqual([]);
  });

  it('knows every path that the server has', async () => {
    const { url } = await serve();
    for (const { path, method } of operations) {
      const asked = path.replace('{job_id}', 'none');
      const { status, json } = await ask(`${url}${asked}`, { method: method.toUpperCase() });
      expect([path, method, status, json?.code === 'unknown-path']).not.toEqual([
        ...[path, method, 404, true],
      ]);
    }
  });
});
