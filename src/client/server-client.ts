import { type ErrorCode, ImgjobError, isErrorCode, messageOf } from '../errors.ts';
import { showShort, showText } from '../terminal/prose.ts';

/** Longer than anything that a server says of an error. */
const MAX_ANSWER = 1_000_000;
const MAX_MESSAGE = 1000;

export type ServerAccess = {
  /** `http://127.0.0.1:3000` */
  url: string;
  token: string | null;
};

export type Asking = {
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Record<string, string>;
  body?: NonNullable<RequestInit['body']>;
  signal?: AbortSignal;
};

/** Asks a server that `imgjob serve` runs. */
export type ServerClient = {
  /** The answer of success. Throws the error that the server told, and `server-unreachable`. */
  ask(path: string, asking?: Asking): Promise<Response>;
  url: string;
};

export function createServerClient({ url, token }: ServerAccess): ServerClient {
  const base = baseOf(url);

  async function ask(path: string, { method, headers = {}, body, signal }: Asking = {}) {
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(base + path, {
      ...(method ? { method } : {}),
      headers: { ...authorization, ...headers },
      ...(body === undefined ? {} : { body, duplex: 'half' }),
      ...(signal ? { signal } : {}),
      // A token must go nowhere else.
      redirect: 'error',
    }).catch((cause: unknown) => {
      throw unreachable(base, cause);
    });
    if (!response.ok) throw await toldError(response);
    return response;
  }

  return { ask, url: base };
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
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
  const text = (await response.text().catch(() => '')).slice(0, MAX_ANSWER);
  const { code, detail, hint } = fieldsOf(text);
  const message = `the server answers ${response.status}: ${showShort(detail ?? response.statusText, MAX_MESSAGE)}`;
  const known: ErrorCode = isErrorCode(code) ? code : 'server-unreachable';
  return new ImgjobError(
    known,
    message,
    hint === undefined ? {} : { hint: showShort(hint, MAX_MESSAGE) },
  );
}

function fieldsOf(text: string): { code?: string; detail?: string; hint?: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    const texts = Object.entries(value).filter(([, field]) => typeof field === 'string');
    return Object.fromEntries(texts);
  } catch {
    return {};
  }
}
