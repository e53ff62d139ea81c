import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { ImgjobError, messageOf } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import type { Asked, ServeContext } from './context.ts';
import { checkHost, checkOrigin, checkToken, corsHeaders, isPreflight } from './guard.ts';
import {
  cancelJob,
  createEventRoute,
  deleteJob,
  listJobEntries,
  resumeJob,
} from './job-actions.ts';
import { jobJunit, jobReport, jobResults, jobStatus } from './job-documents.ts';
import { olderError, submitVisits, visitStatus } from './older-api.ts';
import { openApiDocument } from './openapi.ts';
import { problemJson, toldError } from './problem-json.ts';
import { submitJob } from './submit-job.ts';

/** All that answers a request. */
export async function createApp(
  context: ServeContext,
  log: Log,
): Promise<Hono<{ Bindings: HttpBindings }>> {
  // Else what pages are made of would be a part of the server, and reports would load it.
  const { addPageRoutes, errorPage, isOpenPage, wantsPage } = await import('./page-routes.ts');
  const app = new Hono<{ Bindings: HttpBindings }>({ strict: false });
  const { access } = context;

  // Outside of all else: errors have these headers too.
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SAFE_HEADERS)) c.header(name, value);
    for (const [name, value] of Object.entries(corsHeaders(c.env.incoming, access))) {
      c.header(name, value, { append: name === 'vary' });
    }
  });
  app.use(async (c, next) => {
    const { incoming } = c.env;
    checkHost(incoming, access);
    if (isPreflight(incoming, access)) return new Response(null, { status: 204 });
    checkOrigin(incoming, access);
    const path = withoutSlash(c.req.path);
    if (!OPEN.has(path) && !isOpenPage(path)) checkToken(incoming, access);
    return next();
  });
  addRoutes(app, context);
  addPageRoutes(app, context);
  app.notFound((c) => {
    const error = new ImgjobError('unknown-path', 'there is nothing here by that method and path');
    return answerError(c, error);
  });
  app.onError((error, c) => answerError(c, error));
  return app;

  function answerError(c: Asked, error: unknown): Response {
    const told = toldError(error);
    // What went wrong here is for whoever runs it.
    if (told.status >= 500 && told.code !== 'stopped') log(messageOf(error));
    const path = withoutSlash(c.req.path);
    if (path === '/api/submit' || path === '/api/status') return olderError(error);
    return wantsPage(c) && !path.startsWith('/api/') ? errorPage(c, told) : problemJson(told);
  }
}

/** Asked for without a token: by what looks whether the server lives, and by the older service's clients. */
const OPEN = new Set(['', '/healthz', '/readyz']);

/** Answers are data, and no page of their own but where they say so. */
const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

function addRoutes(app: Hono<{ Bindings: HttpBindings }>, context: ServeContext): void {
  const v1 = '/api/v1/jobs';
  const events = createEventRoute();
  const openApi = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  app.get('/healthz', () => Response.json({ status: 'ok' }));
  app.get('/readyz', () => {
    const isReady = context.isReady();
    return Response.json({ status: isReady ? 'ok' : 'stopping' }, { status: isReady ? 200 : 503 });
  });
  app.get('/metrics', async () => {
    const { text, contentType } = context.metrics;
    return new Response(await text(), { headers: { 'content-type': contentType } });
  });
  app.post('/api/submit', (c) => submitVisits(c, context));
  app.get('/api/status', (c) => visitStatus(c, context));
  app.get('/api/v1/openapi.json', () => {
    return new Response(openApi, { headers: { 'content-type': 'application/json' } });
  });
  app.post(v1, (c) => submitJob(c, context));
  app.get(v1, (c) => listJobEntries(c, context));
  app.get(`${v1}/:job_id`, (c) => jobStatus(c, context));
  app.delete(`${v1}/:job_id`, (c) => deleteJob(c, context));
  app.get(`${v1}/:job_id/results`, (c) => jobResults(c, context));
  app.get(`${v1}/:job_id/events`, (c) => events(c, context));
  app.get(`${v1}/:job_id/report.html`, (c) => jobReport(c, context));
  app.get(`${v1}/:job_id/junit.xml`, (c) => jobJunit(c, context));
  app.post(`${v1}/:job_id/cancel`, (c) => cancelJob(c, context));
  app.post(`${v1}/:job_id/resume`, (c) => resumeJob(c, context, { retry_failed: false }));
  app.post(`${v1}/:job_id/retry-failed`, (c) => resumeJob(c, context, { retry_failed: true }));
}
