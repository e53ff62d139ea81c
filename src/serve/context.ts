import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { type ErrorCode, ImgjobError } from '../errors.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { Runner } from '../runner/runner.ts';
import type { createIdempotency } from '../service/idempotency.ts';
import type { Incoming } from '../service/incoming.ts';
import type { JobSources } from '../service/job-source.ts';
import type { Service } from '../service/service.ts';
import type { Access } from './guard.ts';
import type { Metrics } from './metrics.ts';

/** What the routes of a server answer from. */
export type ServeContext = {
  service: Service;
  sources: JobSources;
  /** Where jobs are kept. */
  folder: string;
  runner: Runner;
  /** The machines that run the stores; null for this process. */
  fleet: Fleet | null;
  /** What a job does where its submission says nothing else. */
  operator: JobOptions;
  access: Access;
  metrics: Metrics;
  incoming: Incoming;
  once: ReturnType<typeof createIdempotency>;
  /** Whether it takes jobs: `ok`, or why not. */
  readiness(): 'ok' | 'stopping' | ErrorCode;
};

/** A request, with those of Node.js behind it. */
export type Asked = Context<{ Bindings: HttpBindings }>;

/** What a query says of a name; null where that is nothing. Throws `usage` where it says it twice: nobody knows which holds. */
export function askedOnce(c: Asked, name: string): string | null {
  const [value = null, ...others] = c.req.queries(name) ?? [];
  if (others.length === 0) return value;
  throw new ImgjobError('usage', `${name}: given more than once`);
}
