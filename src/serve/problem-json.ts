import { STATUS_CODES } from 'node:http';
import { type ErrorCode, ImgjobError, messageOf } from '../errors.ts';
import type { Problem } from '../manifest/problem.ts';
import { jsonLine, showText } from '../terminal/prose.ts';

/** The HTTP status of each error that a request can end with; of all others it is 500. */
const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  usage: 400,
  'manifest-unreadable': 400,
  'manifest-invalid': 400,
  unauthorized: 401,
  forbidden: 403,
  'unknown-job': 404,
  'unknown-path': 404,
  'body-too-slow': 408,
  'job-interrupted': 409,
  'job-running': 409,
  'job-ended': 409,
  'body-too-large': 413,
  'unsupported-type': 415,
  misdirected: 421,
  'key-reused': 422,
  'queue-full': 429,
  stopped: 503,
  'temporary-unwritable': 507,
  'state-unwritable': 507,
};

/** After so many seconds it may be tried again. */
const RETRY_AFTER_S = 5;
const MOST_PROBLEMS = 20;

/** What of a manifest's problem is told: not how the server calls it. */
type ShownProblem = Pick<Problem, 'line' | 'column' | 'path' | 'message'>;

/** An error as a client is told it: of what went wrong here only that it did. */
export type ToldError = {
  status: number;
  code: ErrorCode;
  detail: string;
  hint: string | undefined;
  /** The first problems of a manifest. */
  problems: ShownProblem[];
};

export function toldError(error: unknown): ToldError {
  if (!(error instanceof ImgjobError)) {
    return {
      status: 500,
      code: 'internal',
      detail: 'internal error',
      hint: undefined,
      problems: [],
    };
  }
  const { code } = error;
  const status = STATUS_OF[code] ?? 500;
  const problems = problemsOf(error).slice(0, MOST_PROBLEMS).map(shown);
  if (status >= 500 && code !== 'stopped') {
    return { status, code, detail: 'this server could not do its part', hint: undefined, problems };
  }
  return { status, code, detail: showText(messageOf(error)), hint: error.hint, problems };
}

function problemsOf({ code, cause }: ImgjobError): Problem[] {
  // Only `invalidManifest` makes such errors here.
  return code === 'manifest-invalid' && Array.isArray(cause) ? cause : [];
}

function shown({ line, column, path, message }: Problem): ShownProblem {
  return { line, column, path, message };
}

/** The error for a manifest that has problems. */
export function invalidManifest(problems: Problem[]): ImgjobError {
  const [first] = problems;
  const place = first ? [`${first.line}:${first.column}`, first.path, first.message] : [];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more problems)` : '';
  const message = `${place.filter((part) => part !== '').join(' ')}${more}`;
  return new ImgjobError('manifest-invalid', message, { cause: problems });
}

/** Headers that go with an error. */
export function errorHeaders({ status }: ToldError): Record<string, string> {
  if (status === 429 || status === 503) return { 'retry-after': String(RETRY_AFTER_S) };
  if (status === 401) return { 'www-authenticate': 'Bearer realm="imgjob"' };
  // What is left of the body is not read.
  if (status === 413 || status === 408) return { connection: 'close' };
  return {};
}

/** RFC 9457; `code` is stable, `detail` is for people. */
export function problemJson(told: ToldError): Response {
  const { status, code, detail, hint, problems } = told;
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    ...{ status, detail, code },
    ...(hint === undefined ? {} : { hint }),
    ...(problems.length > 0 ? { problems } : {}),
  };
  const headers = { 'content-type': 'application/problem+json', ...errorHeaders(told) };
  return new Response(`${jsonLine(body)}\n`, { status, headers });
}
