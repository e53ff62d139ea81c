import { expect } from 'vitest';
import { ask } from './service.ts';

/** The jobs of a server, by its own API. */
export const v1 = (url: string, path = '') => `${url}/api/v1/jobs${path}`;

export function submit(
  url: string,
  body: unknown,
  query = '',
  headers: Record<string, string> = {},
) {
  const typed = { 'content-type': 'application/json', ...headers };
  return ask(v1(url, query), { method: 'POST', body, headers: typed });
}

export const stateOf = async (url: string, job_id: string) =>
  (await ask(v1(url, `/${job_id}`))).json.state;

export const whenAtRest = (url: string, job_id: string) =>
  expect.poll(() => stateOf(url, job_id)).not.toMatch(/queued|running/);
