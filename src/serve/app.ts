import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { getPath } from 'hono/utils/url';
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
  const { renewal } = await import('./session.ts');
  const app = new Hono<{ Bindings: HttpBindings }>({ getPath: pathOf });
  const { access } = context;

  // Outside of all else: errors have these headers too.
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SAFE_HEADERS)) c.header(name, value);
    if (c.req.path.startsWith('/api/') && !c.res.headers.has('cache-control')) {
      // Of whoever asked, and another one the next time.
      c.header('cache-control', 'private, no-cache');
    }
    for (const [name, value] of Object.entries(corsHeaders(c.env.incoming, access))) {
      c.header(name, value, { append: name === 'vary' });
    }
  });
  app.use(async (c, next) => {
    const { incoming } = c.env;
    const { path } = c.req;
    if (!WATCHED.has(path)) checkHost(incoming, access);
    if (isPreflight(incoming, access)) {
      c.res = new Response(null, { status: 204 });
      return;
    }
    checkOrigin(incoming, access);
    const isOpen = OPEN.has(path) || isOpenPage(path);
    const session = isOpen ? null : await checkToken(incoming, access);
    await next();
    const cookie = session && renewal(session, access);
    if (cookie) c.header('set-cookie', cookie, { append: true });
  });
  addRoutes(app, context);
  addPageRoutes(app, context);
  refuseOtherMethods(app, answerError);
  app.notFound((c) => {
    return answerError(c, new ImgjobError('unknown-path', 'there is nothing here by that path'));
  });
  app.onError((error, c) => answerError(c, error));
  return app;

  function answerError(c: Asked, error: unknown): Response {
    const told = toldError(error);
    // What went wrong here is for whoever runs it.
    if (told.status >= 500 && told.code !== 'stopped') log(messageOf(error));
    const { path } = c.req;
    if (path === '/api/submit' || path === '/api/status') return olderError(error);
    return wantsPage(c) && !path.startsWith('/api/') ? errorPage(c, told) : problemJson(told);
  }
}

/** Asked for without a token: by what looks whether the server lives, and by the older service's clients. */
const OPEN = new Set(['/', '/healthz', '/readyz']);

/** Asked for by whatever name this machine has there; nothing of a job is in them. */
const WATCHED = new Set(['/healthz', '/readyz', '/metrics']);

/** Each path that is known says which methods it has (RFC 9110, 15.5.6). */
function refuseOtherMethods(
  app: Hono<{ Bindings: HttpBindings }>,
  answerError: (c: Asked, error: unknown) => Response,
): void {
  const methods = new Map<string, string[]>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    const known = methods.get(path) ?? [];
    methods.set(path, [...known, ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  for (const [path, known] of methods) {
    const allow = [...known, 'OPTIONS'].join(', ');
    app.all(path, (c) => {
      if (c.req.method === 'OPTIONS')
        return new Response(null, { status: 204, headers: { allow } });
      const error = new ImgjobError('method-not-allowed', `expected one of ${allow}`);
      const response = answerError(c, error);
      response.headers.set('allow', allow);
      return response;
    });
  }
}

/** Answers are data, and no page of their own but where they say so. */
const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};

/** Paths with slashes at the end are those without. */
function pathOf(request: Request): string {
  const path = getPath(request);
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

function addRoutes(app: Hono<{ Bindings: HttpBindings }>, context: ServeContext): void {
  const v1 = '/api/v1/jobs';
  const events = createEventRoute();
  const openApi = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  app.get('/healthz', () => Response.json({ status: 'ok' }));
  app.get('/readyz', () => {
    const status = context.readiness();
    return Response.json({ status }, { status: status === 'ok' ? 200 : 503 });
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
