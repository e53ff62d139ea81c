import type { Reason } from '../../src/results/reasons.ts';
import type { FaultCode } from '../../src/results/results-schema.ts';
import type { FaultName } from '../support/fault-server.ts';

/** Faults that are in where one connects to, not in a path. */
export type PlaceName =
  | 'refused-port'
  | 'no-such-host'
  | 'greets-before-asked'
  | 'tls-good'
  | 'tls-self-signed'
  | 'tls-expired'
  | 'tls-wrong-name'
  | 'tls-silent-in-the-body'
  | 'tls-short-body'
  | 'tls-sloppy'
  | 'plain-http-to-a-tls-port'
  | 'tls-to-a-plain-port'
  | 'tls-to-a-silent-port';

export const ASPECTS = ['code', 'reason', 'status', 'host', 'message'] as const;
export type Aspect = (typeof ASPECTS)[number];

export type Row = {
  fault: FaultName | PlaceName;
  /** `measured`: not a fault, the image is taken; then `message` reads like `40 x 30 png`. */
  code: FaultCode | 'measured';
  /** Several where it is the machine that decides. */
  reason: Reason | null | Reason[];
  status: number | null;
  message: RegExp;
  /** The host that is named, where it is not the one of the URL. */
  host?: string;
  /** Most milliseconds it may take. */
  within: number;
  /** With a timeout of 1.5 s instead of one that never comes. */
  isTimed: boolean;
  /** What is not as it should be yet, and why it should be. */
  todo: Partial<Record<Aspect, string>>;
};

type Rest = Partial<Pick<Row, 'reason' | 'host' | 'within' | 'isTimed' | 'todo'>>;

function row(
  fault: Row['fault'],
  code: Row['code'],
  status: number | null,
  message: RegExp,
  rest: Rest = {},
): Row {
  const usual = { reason: null, within: 2000, isTimed: false, todo: {} };
  return { fault, code, status, message, ...usual, ...rest };
}

/** A fault that lasts for ever and must be ended by the deadline. */
function timed(fault: Row['fault'], status: number | null, message: RegExp, rest: Rest = {}): Row {
  const late = { reason: 'attempt-timeout', isTimed: true, within: 4000 } as const;
  return row(fault, 'timeout', status, message, { ...late, ...rest });
}

const status = (number: number, reason: string) =>
  row(`status-${number}` as FaultName, 'http-status', number, new RegExp(`^${number} ${reason}$`));

const tooLarge = /^the body is larger than 1000000 bytes$/;
// Without a name server at hand no answer is as good as none.
const NO_NAME: Reason[] = ['host-not-found', 'name-lookup-failed'];
const notHttp = /^the server did not answer in HTTP$/;
const badLength = /^the length of the answer is not a number, or contradicts itself/;
const badChunk = /^the chunks of the body are not valid HTTP/;
const badStatus = /^the status of the answer is not valid HTTP/;
const stalled = /^not complete after 1\.5 s\b.* of 1000 bytes/;

/** Every fault, and what is said of it. */
export const ROWS: Row[] = [
  row('refused-port', 'connect', null, /^connection refused$/, { reason: 'refused' }),
  row('no-such-host', 'dns', null, /^(host not found|the name lookup failed)/, {
    ...{ reason: NO_NAME, within: 4000 },
  }),

  timed('silent-after-connect', null, /^not complete after 1\.5 s$/),
  timed('silent-in-the-headers', null, /^not complete after 1\.5 s$/),
  timed('silent-after-headers', 200, stalled),
  timed('silent-in-the-body', 200, stalled),
  timed('dripping-headers', null, /^not complete after 1\.5 s$/),
  timed('dripping-body', 200, stalled),
  timed('endless-interim-responses', null, /^not complete after 1\.5 s$/),

  row('reset-before-any-byte', 'disconnected', null, /^the connection was reset$/, {
    reason: 'reset',
  }),
  row('reset-in-the-headers', 'disconnected', null, /^the connection was reset$/, {
    reason: 'reset',
  }),
  row('reset-in-the-body', 'disconnected', 200, /^the connection was reset\b.* 3 of 1000 bytes/, {
    reason: 'reset',
  }),
  row(
    'reset-in-a-body-without-length',
    'truncated',
    200,
    /^the connection was reset after 81 bytes$/,
  ),
  row('reset-in-a-body-of-http-1.0', 'truncated', 200, /^the connection was reset after 81 bytes$/),
  row('reset-in-a-kept-body-of-http-1.0', 'truncated', 200, /was reset after 81 bytes$/),
  row('reset-between-chunks', 'truncated', 200, /^the connection was reset after 3 bytes$/),
  row('closed-after-a-body-without-length', 'measured', 200, /^40 x 30 png$/),
  row('closed-before-any-byte', 'disconnected', null, /^the connection ended without an answer$/, {
    reason: 'closed',
  }),
  row('closed-in-the-headers', 'disconnected', null, /^the connection ended without an answer$/, {
    reason: 'closed',
  }),

  row('short-body', 'truncated', 200, /^the body ended after 3 of 1000 bytes$/),
  row('chunked-without-end', 'truncated', 200, /^the body ended after 3 bytes$/),
  row('chunked-with-a-bad-length', 'bad-response', 200, badChunk, {
    reason: 'invalid-chunk',
  }),
  row('longer-than-announced', 'measured', 200, /^40 x 30 png$/),
  row('answers-twice', 'measured', 200, /^40 x 30 png$/),
  row('two-content-lengths', 'bad-response', null, badLength, { reason: 'invalid-content-length' }),
  row('same-content-length-twice', 'measured', 200, /^40 x 30 png$/),
  row('content-length-and-no-chunks', 'bad-response', 200, badChunk, { reason: 'invalid-chunk' }),
  row('content-length-beyond-64-bits', 'bad-response', null, badLength, {
    reason: 'invalid-content-length',
  }),

  row('endless-body', 'too-large', 200, tooLarge, { reason: 'body-too-large' }),
  row('endless-header', 'too-large', null, /^the response headers are too large$/, {
    reason: 'headers-too-large',
  }),
  row('twenty-thousand-headers', 'too-large', null, /^the response headers are too large$/, {
    reason: 'headers-too-large',
  }),
  row('error-page-without-end', 'http-status', 404, /^404 Not Found$/, { within: 3000 }),

  row('ssh-banner', 'bad-response', null, notHttp, { reason: 'not-http' }),
  row('greets-before-asked', 'bad-response', null, notHttp, { reason: 'not-http' }),
  row('garbage-bytes', 'bad-response', null, notHttp, { reason: 'not-http' }),
  row('an-image-without-http', 'bad-response', null, notHttp, { reason: 'not-http' }),
  row('status-below-100', 'bad-response', null, badStatus, { reason: 'invalid-status-line' }),
  row('unasked-switch', 'bad-response', null, badStatus, { reason: 'invalid-status-line' }),
  row('unasked-other-protocol', 'bad-response', null, badStatus, {
    reason: 'invalid-status-line',
  }),
  row('unasked-continue', 'measured', 200, /^40 x 30 png$/),

  row('tls-good', 'measured', 200, /^4 x 3 png$/),
  row('tls-self-signed', 'tls', null, /self-signed certificate/, {
    reason: 'certificate-untrusted',
  }),
  row('tls-expired', 'tls', null, /certificate has expired/, { reason: 'certificate-expired' }),
  row('tls-wrong-name', 'tls', null, /does not match certificate.*other\.invalid/, {
    reason: 'certificate-host',
  }),
  timed('tls-silent-in-the-body', 200, stalled),
  row('tls-short-body', 'truncated', 200, /^the body ended after 3 of 1000 bytes$/),
  row('tls-sloppy', 'measured', 200, /^40 x 30 png$/),
  row('plain-http-to-a-tls-port', 'disconnected', null, /^the connection/, { reason: 'closed' }),
  row('tls-to-a-plain-port', 'tls', null, /does not speak TLS/, { reason: 'not-tls' }),
  row('tls-to-a-silent-port', 'connect', null, /^could not connect within 1 s$/, {
    ...{ reason: 'connect-timeout', isTimed: true, within: 4000 },
  }),

  row('redirect-loop', 'too-many-redirects', 302, /^more than 10 redirects$/),
  row('redirect-to-a-file', 'unsupported-scheme', 302, /^redirected: can't fetch file: URLs/),
  row('redirect-without-location', 'http-status', 302, /^302 Found.*location/),
  row('redirect-to-no-url', 'invalid-url', 302, /^redirected: not a valid URL: it has no host$/, {
    reason: 'malformed-url',
  }),
  row('redirect-to-no-host', 'dns', null, /^redirected: /, {
    host: 'no-such-host.invalid',
    ...{ reason: NO_NAME, within: 4000 },
  }),
  row('redirect-to-not-found', 'http-status', 404, /^redirected: 404 Not Found$/),

  row('html-page', 'unsupported-format', 200, /^got an HTML page, not an image$/, {
    reason: 'not-an-image',
  }),
  row('json-error', 'unsupported-format', 200, /^got JSON, not an image$/, {
    reason: 'not-an-image',
  }),
  row('plain-text', 'unsupported-format', 200, /the format is unknown \(sent as text\/plain\)$/, {
    reason: 'unknown-format',
  }),
  row(
    'unknown-format',
    'unsupported-format',
    200,
    /the format is unknown \(sent as image\/x-own\)$/,
    {
      reason: 'unknown-format',
    },
  ),
  row('empty-body', 'empty-body', 200, /^the body is empty$/),

  row('gzip-bomb', 'too-large', 200, tooLarge, { reason: 'body-too-large' }),
  row('gzip-cut', 'truncated', 200, /^the gzip body is cut off$/),
  row('gzip-broken', 'corrupt-image', 200, /^the body is not valid gzip$/),
  row('unknown-encoding', 'unsupported-format', 200, /unknown encoding: x-own$/, {
    reason: 'unknown-encoding',
  }),

  row(
    'image-cut-in-its-header',
    'corrupt-image',
    200,
    /^the PNG header is cut off after 20 bytes$/,
  ),
  row('image-cut-after-its-header', 'measured', 200, /^40 x 30 png$/),
  row('zero-width', 'no-dimensions', 200, /^the PNG header has no usable size \(0 x 30\)$/),
  row('side-beyond-31-bits', 'no-dimensions', 200, /no usable size \(2147483648 x 30\)$/),

  row('status-204', 'empty-body', 204, /^the body is empty$/),
  row('status-206', 'bad-response', 206, /^the server sent only a part/, {
    reason: 'partial-content',
  }),
  status(304, 'Not Modified'),
  status(401, 'Unauthorized'),
  status(403, 'Forbidden'),
  status(404, 'Not Found'),
  status(408, 'Request Timeout'),
  status(410, 'Gone'),
  status(429, 'Too Many Requests'),
  status(500, 'Internal Server Error'),
  status(502, 'Bad Gateway'),
  status(503, 'Service Unavailable'),
];
