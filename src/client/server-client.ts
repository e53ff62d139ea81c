import { onAbort } from '../abort.ts';
import { type ErrorCode, ImgjobError, isErrorCode, messageOf } from '../errors.ts';
import { parseUrl } from '../parse-url.ts';
import { jsonValue } from '../syntax/json-value.ts';
import { formatSpan } from '../terminal/numbers.ts';
import { showShort, showText } from '../terminal/prose.ts';
import { startOf } from './answer-text.ts';

/** Longer than anything that a server says of an error. */
const MAX_ANSWER = 1_000_000;
const MAX_MESSAGE = 1000;
/** An answer begins within so long of the request, or of its last bytes that were taken. */
const ANSWER_MS = 60_000;
/** Three of the comments by which an event stream of a server says that it lives. */
const SILENCE_MS = 45_000;

export type ServerAccess = {
  /** `http://127.0.0.1:3000` */
  url: string;
  token: string | null;
  /** Milliseconds until an answer has to begin; a minute. */
  answer_ms?: number;
  /** Milliseconds for which an event stream may be silent; 45 s. */
  silence_ms?: number;
};

export type Asking = {
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  body?: AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
};

/** Asks a server that `imgjob serve` runs. */
export type ServerClient = {
  /** The answer of success. Throws the error that the server told, and `server-unreachable`. */
  ask(path: string, asking?: Asking): Promise<Response>;
  url: string;
  silence_ms: number;
};

export function createServerClient(access: ServerAccess): ServerClient {
  const { token, answer_ms = ANSWER_MS, silence_ms = SILENCE_MS } = access;
  const base = baseOf(access.url);

  async function ask(path: string, { method, headers = {}, body, signal }: Asking = {}) {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const late = createLate(base, answer_ms);
    // It stays for as long as the answer is read.
    if (signal) onAbort(signal, () => late.stop.abort(signal.reason));
    const response = await fetch(base + path, {
      ...(method ? { method } : {}),
      headers: { ...authorization, ...headers },
      ...(body === undefined ? {} : { body: late.putOff(body), duplex: 'half' }),
      signal: late.stop.signal,
      // A token must go nowhere else.
      redirect: 'error',
    })
      .catch((cause: unknown) => {
        if (cause instanceof ImgjobError) throw cause;
        throw unreachable(base, cause);
      })
      .finally(late.end);
    if (!response.ok) throw await toldError(response);
    return response;
  }

  return { ask, url: base, silence_ms };
}

/** Gives up an answer that does not begin; what is sent meanwhile puts that off. */
function createLate(url: string, ms: number) {
  const stop = new AbortController();
  const timer = setTimeout(() => {
    const message = `the server ${showText(url)} does not answer: nothing came in ${formatSpan(ms)}`;
    stop.abort(new ImgjobError('server-unreachable', message));
  }, ms);

  async function* putOff(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of body) {
      yield bytes;
      timer.refresh();
    }
  }

  return { stop, putOff, end: () => clearTimeout(timer) };
}

function baseOf(url: string): string {
  const parsed = parseUrl(url);
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.search === '' && parsed.hash === '') {
    return parsed.href.replace(/\/+$/, '');
  }
  throw new ImgjobError('usage', '--server: expected a URL like http://127.0.0.1:3000');
}

function unreachable(url: string, error: unknown): ImgjobError {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  const message = `can't ask the server ${showText(url)}: ${showText(messageOf(cause))}`;
  return new ImgjobError('server-unreachable', message, { cause: error });
}

/** The error of a server in its own words, which may be another program's. */
async function toldError(response: Response): Promise<ImgjobError> {
  const { code, detail, hint } = fieldsOf((await startOf(response, MAX_ANSWER)).text);
  const message = `the server answers ${response.status}: ${showShort(detail ?? response.statusText, MAX_MESSAGE)}`;
  const known: ErrorCode = isErrorCode(code) ? code : 'server-unreachable';
  return new ImgjobError(
    known,
    message,
    hint === undefined ? {} : { hint: showShort(hint, MAX_MESSAGE) },
  );
}

function fieldsOf(text: string): { code?: string; detail?: string; hint?: string } {
  const value = jsonValue(text);
  if (typeof value !== 'object' || value === null) return {};
  const texts = Object.entries(value).filter(([, field]) => typeof field === 'string');
  return Object.fromEntries(texts);
}
