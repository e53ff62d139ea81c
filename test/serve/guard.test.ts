import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ImgjobError } from '../../src/errors.ts';
import {
  type Access,
  checkHost,
  checkOrigin,
  checkToken,
  SESSION_COOKIE,
  sessionText,
} from '../../src/serve/guard.ts';
import { toldError } from '../../src/serve/problem-json.ts';
import { renewal } from '../../src/serve/session.ts';
import { noSuchJob } from '../../src/service/job-record.ts';

const DAY_MS = 24 * 3600 * 1000;
const TOKEN = 'correct-horse-battery';
const NOW = Date.UTC(2026, 10, 26);

const access = (given: Partial<Access> = {}): Access => ({
  ...{ token: null, is_open: false, cors: null, now: () => NOW, wrong_token_ms: 0 },
  ...given,
});

function asked(headers: Record<string, string>, method = 'POST'): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  return Object.assign(request, { method, headers });
}

describe('a host', () => {
  it('may be missing, or any name where everybody was let in on another host than loopback', () => {
    for (const [headers, is_open, isRefused] of [
      [{}, false, false],
      [{ host: '' }, false, false],
      [{ host: 'shelf.example' }, false, true],
      [{ host: 'shelf.example' }, true, false],
    ] as [Record<string, string>, boolean, boolean][]) {
      const check = () => checkHost(asked(headers), access({ is_open }));
      if (isRefused) expect(check).toThrow('under that name');
      else check();
    }
  });
});

describe('what changes anything', () => {
  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{}, false],
    [{ 'sec-fetch-site': 'same-site' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'https://other.shelf.example' }, true],
    // Behind a proxy that asks by a name of its own.
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://shelf.example' }, false],
  ] as [Record<string, string>, boolean][])('from %j is refused: %s', (headers, isRefused) => {
    const check = () => checkOrigin(asked({ host: '127.0.0.1:3000', ...headers }), access());
    if (isRefused) expect(check).toThrow('another site');
    else check();
  });
});

describe('a session', () => {
  const show = (text: string, now: number, token = TOKEN) =>
    checkToken(
      asked({ cookie: `${SESSION_COOKIE}=${text}` }),
      access({ token, now: () => now }),
    ).catch(() => 'refused');

  it('ends, can’t be made longer, and is of one token', async () => {
    const session = { ends_at: NOW + DAY_MS, is_secure: true };
    const text = sessionText(session, TOKEN);
    expect(await show(text, NOW)).toEqual(session);
    expect(await show(text, NOW + DAY_MS)).toBe('refused');
    const longer = text.replace(/^[^.]*/, `${(NOW + 2 * DAY_MS).toString(36)}-s`);
    expect(await show(longer, NOW)).toBe('refused');
    expect(await show(text, NOW, 'another-token')).toBe('refused');
    for (const bad of ['', '.', '-s.', 'zzzzzzzzzzzz.x']) {
      expect([bad, await show(bad, NOW)]).toEqual([bad, 'refused']);
    }
  });

  it('goes on while it is used', () => {
    const left = (days: number) =>
      renewal({ ends_at: NOW + days * DAY_MS, is_secure: true }, access({ token: TOKEN }));
    expect(left(29.5)).toBeNull();
    expect(left(28)).toMatch(/^imgjob_session=[\w.-]+; .*Max-Age=2592000; Secure$/);
  });
});

it('a wrong token is answered after a delay, and a right one and none at once', async () => {
  const timed = async (headers: Record<string, string>) => {
    const begun = performance.now();
    await checkToken(asked(headers), access({ token: TOKEN, wrong_token_ms: 200 })).catch(() => {});
    return performance.now() - begun >= 199;
  };
  expect(await timed({ authorization: 'Bearer wrong-token' })).toBe(true);
  expect(await timed({ authorization: `Bearer ${TOKEN}` })).toBe(false);
  expect(await timed({})).toBe(false);
});

it('a client is told no command and no path of the server', () => {
  const hint = 'imgjob status --state-dir /var/lib/imgjob lists all jobs.';
  for (const code of ['unknown-job', 'job-running', 'usage'] as const) {
    expect(toldError(new ImgjobError(code, 'x', { hint })).hint).toBeUndefined();
  }
  expect(toldError(new ImgjobError('queue-full', 'x', { hint: 'Try again later.' })).hint).toBe(
    'Try again later.',
  );
  expect(toldError(noSuchJob('x'))).toMatchObject({ detail: 'there is no job x', status: 404 });
});
