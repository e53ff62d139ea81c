import { MEDIA_TYPE } from '../manifest/format.ts';
import { junitText } from '../reports/junit.ts';
import { documentOf } from '../results/document.ts';
import { headText, type ResultsFormat, resultsText } from '../results/results-text.ts';
import type { JobRecord } from '../service/job-record.ts';
import { preferred, takesGzip } from './accept.ts';
import type { Asked, ServeContext } from './context.ts';
import { pace, standing } from './job-entry.ts';
import { answerTexts, whileAsked } from './stream.ts';

/** What is read of one job: its status, its results, its reports. */

/** As each is called, by its own name first. */
const NAMES = {
  json: ['application/json'],
  ndjson: [
    ...['application/x-ndjson', 'application/ndjson', 'text/x-ndjson'],
    ...['application/jsonl', 'application/x-jsonlines', 'application/jsonlines'],
  ],
} as const;

/** The head of the results, and how it goes on. */
export async function jobStatus(c: Asked, context: ServeContext): Promise<Response> {
  const { service, sources, runner } = context;
  const record = await askedRecord(c, context);
  const { head, errors, release } = await whileAsked(c, (gone) => sources.head(record, gone));
  const look = runner.snapshot(record.job_id) ?? { rate: null, eta_ms: null };
  const more = { ...standing(record, service), ...pace(look) };
  const texts = headText({ head: head.document, errors }, more);
  const headers = { 'content-type': MEDIA_TYPE.json };
  return answerTexts(c, { texts, headers, release });
}

/** As `imgjob results` writes them, also of a job that runs: as they stand. */
export async function jobResults(c: Asked, context: ServeContext): Promise<Response> {
  const record = await askedRecord(c, context);
  const format: ResultsFormat = preferred(c.req.header('accept') ?? '', NAMES, ['json', 'ndjson']);
  const isGzipped = takesGzip(c.req.header('accept-encoding') ?? '');
  const etag = etagOf(record, context, format, isGzipped);
  const headers = {
    vary: 'Accept, Accept-Encoding',
    ...(etag === null ? {} : { etag }),
  };
  if (etag !== null && isKnown(c.req.header('if-none-match') ?? '', etag)) {
    return new Response(null, { status: 304, headers });
  }
  const { made, release } = await whileAsked(c, (gone) =>
    context.sources.make(record, gone, (source) => resultsText(source, format)),
  );
  return answerTexts(c, {
    texts: made,
    headers: { ...headers, 'content-type': MEDIA_TYPE[format] },
    isGzipped,
    release,
  });
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
  const ongoing = context.service.stateOf(record) === 'running' ? 'running' : 'interrupted';
  const options = { results: `${record.job_id}.results.json`, ongoing } as const;
  const { made, release } = await whileAsked(c, (gone) =>
    context.sources.make(record, gone, (source, turns) =>
      htmlReport(documentOf(source), {
        ...options,
        origin: { manifest: null, options: source.options },
        turns,
      }),
    ),
  );
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  return answerTexts(c, {
    texts: made,
    headers,
    isGzipped: takesGzip(c.req.header('accept-encoding') ?? ''),
    release,
  });
}

export async function jobJunit(c: Asked, context: ServeContext): Promise<Response> {
  const record = await askedRecord(c, context);
  const { made, release } = await whileAsked(c, (gone) =>
    context.sources.make(record, gone, (source) => junitText(documentOf(source))),
  );
  return answerTexts(c, {
    texts: made,
    headers: { 'content-type': 'application/xml' },
    isGzipped: takesGzip(c.req.header('accept-encoding') ?? ''),
    release,
  });
}

/** The job that a path names. Throws `unknown-job`. */
export function askedRecord(c: Asked, { service }: ServeContext): Promise<JobRecord> {
  return service.lookUp(c.req.param('job_id') ?? '');
}
