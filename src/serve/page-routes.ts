import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { ImgjobError } from '../errors.ts';
import { readAsset } from '../pages/assets.ts';
import { jobFragments, jobPage, timelineAnswer } from '../pages/job-page.ts';
import { jobsFragments, jobsPage } from '../pages/jobs-page.ts';
import { createLatestFailures } from '../pages/latest-failures.ts';
import { type Fragment, messagePage } from '../pages/layout.ts';
import { liveTexts } from '../pages/live.ts';
import { pageAnswer } from '../pages/page-answer.ts';
import type { JobPageView } from '../pages/views.ts';
import { JOB_STATES } from '../service/service.ts';
import type { Asked, ServeContext } from './context.ts';
import { checkToken } from './guard.ts';
import { askedRecord } from './job-documents.ts';
import { jobTimeline } from './job-timeline.ts';
import { createJobViews, jobsView } from './page-views.ts';
import type { ToldError } from './problem-json.ts';
import { logIn, logInForm, logInPath, logOut } from './session.ts';
import { answerTexts } from './stream.ts';

/** The pages for browsers: what they show. What they change goes by the API. */

/** Each looks at its part of the server twice a second. */
const MAX_STREAMS = 200;

/** Whether a path is asked for before anybody has logged in. */
export function isOpenPage(path: string): boolean {
  return path === '/login' || path.startsWith('/assets/');
}

export function addPageRoutes(app: Hono<{ Bindings: HttpBindings }>, context: ServeContext): void {
  const { access, runner } = context;
  const hasSession = access.token !== null;
  const latest = createLatestFailures();
  const viewOf = createJobViews(context, latest);
  const live = createLiveRoute();
  runner.subscribe({ everyEvent: true, onEvent: latest.onEvent });

  app.get('/', (c) => {
    // Only who wants a page is asked for the token: the older service's clients have none.
    if (!wantsPage(c)) return greeting();
    checkToken(c.env.incoming, access);
    return pageAnswer(jobsPage(jobsView(context, listedBy(c)), hasSession));
  });
  app.get('/live', (c) => {
    const listed = listedBy(c);
    return live(c, async () => jobsFragments(jobsView(context, listed)));
  });
  app.get('/jobs/:job_id', async (c) => {
    const view = await viewOf(await askedRecord(c, context));
    return pageAnswer(jobPage(view, hasSession));
  });
  app.get('/jobs/:job_id/live', async (c) => {
    return live(c, createJobLook(context, viewOf, (await askedRecord(c, context)).job_id));
  });
  app.get('/jobs/:job_id/timeline', async (c) => {
    const view = await jobTimeline(context, await askedRecord(c, context));
    return Response.json(timelineAnswer(view), { headers: { 'cache-control': 'no-store' } });
  });
  app.get('/assets/:name', (c) => assetAnswer(c, c.req.param('name')));
  app.get('/login', (c) => logInForm(c, access));
  app.post('/login', (c) => logIn(c, access));
  app.post('/logout', () => logOut());
}

/** A browser that goes somewhere; not a script of a page nor a program. */
export function wantsPage(c: Asked): boolean {
  return (c.req.header('accept') ?? '').includes('text/html');
}

function greeting(): Response {
  const message = 'imgjob is running; its API is under /api/v1';
  return Response.json({ message }, { headers: { vary: 'Accept' } });
}

function listedBy(c: Asked) {
  const state = JOB_STATES.find((word) => word === c.req.query('state')) ?? null;
  return { state, after: c.req.query('after') ?? null };
}

/** An error as a page; who has to log in first is led there. */
export function errorPage(c: Asked, { status, code, detail, hint }: ToldError): Response {
  if (code === 'unauthorized') {
    const { pathname, search } = new URL(c.req.url);
    return new Response(null, { status: 303, headers: { location: logInPath(pathname + search) } });
  }
  const text = hint === undefined ? `${detail}.` : `${detail}. ${hint}`;
  return pageAnswer(messagePage({ title: TITLES[status] ?? 'This did not work', text }), status);
}

const TITLES: Record<number, string> = { 404: 'There is nothing here', 503: 'Stopping' };

async function assetAnswer(c: Asked, name: string): Promise<Response> {
  const asset = await readAsset(name);
  if (!asset) throw new ImgjobError('unknown-path', 'there is nothing here by that name');
  const { text, type, etag } = asset;
  // It may be another one after an upgrade.
  const headers = { etag, 'cache-control': 'no-cache', 'content-type': type };
  if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers });
}

type Look = () => Promise<readonly Fragment[] | null>;

/** How many streams there are is counted for the whole server. */
function createLiveRoute() {
  let streams = 0;

  return (c: Asked, look: Look): Promise<Response> => {
    if (streams >= MAX_STREAMS) throw new ImgjobError('queue-full', 'too many pages are open');
    streams += 1;
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    };
    const release = async () => {
      streams -= 1;
    };
    const texts = liveTexts(look, () => c.env.outgoing.destroyed);
    return answerTexts(c, { texts, headers, release });
  };
}

function createJobLook(
  { service }: ServeContext,
  viewOf: ReturnType<typeof createJobViews>,
  job_id: string,
): Look {
  let known: JobPageView | null = null;
  let fragments: readonly Fragment[] = [];
  return async () => {
    // What the command line does to it is seen too.
    const record = await service.lookUp(job_id).catch(() => null);
    if (!record) return null;
    const view = await viewOf(record);
    if (view !== known) fragments = jobFragments(view);
    known = view;
    return fragments;
  };
}
