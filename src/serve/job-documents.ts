import { junitText } from '../reports/junit.ts';
import { documentOf } from '../results/document.ts';
import { type ResultsFormat, resultsText, statusText } from '../results/results-text.ts';
import type { JobRecord } from '../service/job-record.ts';
import { openKeptSource, openSource } from '../service/job-source.ts';
import type { Asked, ServeContext } from './context.ts';
import { pace } from './job-entry.ts';
import { answerTexts } from './stream.ts';

/** What is read of one job: its status, its results, its reports. */

const TYPES = { json: 'application/json', ndjson: 'application/x-ndjson' };

/** The head of the results, and how it goes on. */
export async function jobStatus(c: Asked, context: ServeContext): Promise<Response> {
  const { service, state, runner } = context;
  const record = await askedRecord(c, context);
  const { source, release } = await openSource(service, state, record);
  const look = runner.snapshot(record.job_id) ?? { rate: null, eta_ms: null };
  const texts = statusText(source, { state: service.stateOf(record), ...pace(look) }, false);
  const headers = { 'content-type': TYPES.json };
  return answerTexts(c, { texts, headers, release });
}

/** As `imgjob results` writes them, also of a job that runs: as they stand. */
export async function jobResults(c: Asked, context: ServeContext): Promise<Response> {
  const record = await askedRecord(c, context);
  const format = formatOf(c.req.header('accept') ?? '');
  const isGzipped = takesGzip(c);
  const etag = etagOf(record, context, format, isGzipped);
  const headers = {
    vary: 'Accept, Accept-Encoding',
    ...(etag === null ? {} : { etag }),
  };
  if (etag !== null && isKnown(c.req.header('if-none-match') ?? '', etag)) {
    return new Response(null, { status: 304, headers });
  }
  const { source, release } = await openKeptSource(context.state, record);
  return answerTexts(c, {
    texts: resultsText(source, format),
    headers: { ...headers, 'content-type': TYPES[format] },
    isGzipped,
    release,
  });
}

/** NDJSON for who asks for it before JSON. */
function formatOf(accept: string): ResultsFormat {
  const types = accept.split(',').map((type) => type.split(';', 1)[0]?.trim().toLowerCase());
  const first = types.find((type) => type?.includes('json'));
  return first === TYPES.ndjson || first === 'application/jsonl' || first === 'application/ndjson'
    ? 'ndjson'
    : 'json';
}

function takesGzip(c: Asked): boolean {
  return /(^|,)\s*(x-)?gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i.test(
    c.req.header('accept-encoding') ?? '',
  );
}

/** A job at rest does not change but by its journal; null while it runs. */
function etagOf(
  record: JobRecord,
  { service }: ServeContext,
  format: ResultsFormat,
  isGzipped: boolean,
): string | null {
  if (['running', 'queued'].includes(service.stateOf(record))) return null;
  const { at, journal_bytes } = record;
  return `"${at.toString(36)}-${journal_bytes.toString(36)}-${format}${isGzipped ? '-gzip' : ''}"`;
}

function isKnown(ifNoneMatch: string, etag: string): boolean {
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** The page of `imgjob report`. */
export async function jobReport(c: Asked, context: ServeContext): Promise<Response> {
  const record = await askedRecord(c, context);
  const { htmlReport } = await import('../html/html-report.ts');
  const { source, release } = await openKeptSource(context.state, record);
  const ongoing = context.service.stateOf(record) === 'running' ? 'running' : 'interrupted';
  const options = { results: `${record.job_id}.results.json`, ongoing } as const;
  const texts = await htmlReport(documentOf(source), options).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  return answerTexts(c, { texts, headers, isGzipped: takesGzip(c), release });
}

export async function jobJunit(c: Asked, context: ServeContext): Promise<Response> {
  const { source, release } = await openKeptSource(context.state, await askedRecord(c, context));
  return answerTexts(c, {
    texts: junitText(documentOf(source)),
    headers: { 'content-type': 'application/xml' },
    isGzipped: takesGzip(c),
    release,
  });
}

/** The job that a path names. Throws `unknown-job`. */
export function askedRecord(c: Asked, { service }: ServeContext): Promise<JobRecord> {
  return service.lookUp(c.req.param('job_id') ?? '');
}
