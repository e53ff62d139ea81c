import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { JobOptions } from '../options/job-options.ts';
import type { Runner } from '../runner/runner.ts';
import type { createIdempotency } from '../service/idempotency.ts';
import type { Service } from '../service/service.ts';
import type { State } from '../state/locate.ts';
import type { Access } from './guard.ts';
import type { Metrics } from './metrics.ts';

/** What the routes of a server answer from. */
export type ServeContext = {
  service: Service;
  state: State;
  runner: Runner;
  /** What a job does where its submission says nothing else. */
  operator: JobOptions;
  access: Access;
  metrics: Metrics;
  once: ReturnType<typeof createIdempotency>;
  /** Whether it takes jobs. */
  isReady(): boolean;
};

/** A request, with those of Node.js behind it. */
export type Asked = Context<{ Bindings: HttpBindings }>;
