import { describe, expect, it } from 'vitest';
import { adviseOn, adviseOnSkipped } from '../../src/explain/advice.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import type { Reason } from '../../src/results/reasons.ts';
import { FAULT_CODES, type FaultCode } from '../../src/results/results-schema.ts';
import { changes, failure } from '../support/failures.ts';

const status = (http_status: number, options = {}) =>
  changes({ code: 'http-status', http_status, options });

describe('the change that is proposed', () => {
  it('is twice the time for an attempt that was not complete', () => {
    expect(changes({ code: 'timeout', reason: 'attempt-timeout' })).toEqual(['--timeout 2m']);
  });

  it('goes by the limit that held', () => {
    const options = { timeout_ms: 250 };
    expect(changes({ code: 'timeout', reason: 'attempt-timeout', options })).toEqual([
      '--timeout 500ms',
    ]);
  });

  it('is a longer wait for a byte where none came, and time enough for it', () => {
    const stalled = { code: 'timeout', reason: 'stalled' } as const;
    expect(changes(stalled)).toEqual(['--stall-timeout 30s']);
    expect(changes({ ...stalled, options: { timeout_ms: 20_000 } })).toEqual([
      '--stall-timeout 30s --timeout 1m',
    ]);
  });

  it('is more time to connect only where time ran out', () => {
    const late = { code: 'connect', reason: 'connect-timeout' } as const;
    expect(changes(late)).toEqual(['--connect-timeout 20s']);
    expect(changes({ ...late, options: { timeout_ms: 12_000 } })).toEqual([
      '--connect-timeout 20s --timeout 40s',
    ]);
    const refused = { code: 'connect', reason: 'refused' } as const;
    expect(changes(refused)).toEqual(['--retries 5']);
    expect(changes({ ...refused, options: { retries: 80 } })).toEqual(['--retries 100']);
    expect(changes({ code: 'connect', reason: 'open-files' })).toEqual(['--concurrency 25']);
  });

  it('is the proxy’s password only where the proxy asked for one', () => {
    expect(changes({ code: 'connect', reason: 'proxy-auth' })[0]).toContain('HTTP_PROXY');
    expect(changes({ code: 'connect', reason: 'proxy-refused' })).toEqual(['--retries 5']);
  });

  it('is another certificate authority, or to trust any', () => {
    const untrusted = { code: 'tls', reason: 'certificate-untrusted' } as const;
    expect(changes(untrusted)).toEqual(['--cacert "$CA_FILE"', '--insecure']);
    expect(changes({ ...untrusted, options: { insecure: true } })).toEqual([
      'have the server’s TLS corrected',
    ]);
    expect(changes({ code: 'tls', reason: 'not-tls' })[0]).toMatch(/^correct the URL/);
  });

  it.each<Reason>(['certificate-expired', 'certificate-host', 'handshake'])(
    'is no authority where that was not the trouble (%s)',
    (reason) => expect(changes({ code: 'tls', reason }).join()).not.toContain('--cacert'),
  );

  it('is a size beyond the one allowed, and beyond what came', () => {
    const large = { code: 'too-large', reason: 'body-too-large' } as const;
    expect(changes(large)).toEqual(['--max-bytes 100MB']);
    const options = { max_bytes: 1000 };
    expect(changes({ ...large, bytes: 900, options })).toEqual(['--max-bytes 2kB']);
    expect(changes({ ...large, bytes: 1234, options })).toEqual(['--max-bytes 2468']);
    expect(changes({ code: 'too-large', reason: 'headers-too-large' })).toEqual([
      'have the server send smaller headers',
    ]);
  });

  it('is to follow more redirects, also where none were', () => {
    expect(changes({ code: 'too-many-redirects' })).toEqual(['--max-redirects 20']);
    expect(changes({ code: 'too-many-redirects', options: { max_redirects: 0 } })).toEqual([
      '--max-redirects 10',
    ]);
  });

  it('goes by the status of HTTP', () => {
    expect(status(401)).toEqual(['-H "Authorization: $AUTHORIZATION_HEADER"']);
    expect(status(403)).toEqual(['-H "Authorization: $AUTHORIZATION_HEADER"']);
    expect(status(407)[0]).toContain('HTTP_PROXY');
    expect(status(404)).toEqual(['correct the URL in the manifest']);
    expect(status(410)).toEqual(['correct the URL in the manifest']);
    expect(status(302)).toEqual(['correct the URL in the manifest']);
    expect(status(400)).toEqual(['see why the server refuses it']);
    expect(status(408)).toEqual(['--retries 5']);
    expect(status(500, { retries: 4 })).toEqual(['--retries 8']);
    expect(status(503)).toEqual(['--max-per-host 4 --rate 10/s --retries 5']);
    expect(status(429, { max_per_host: 4, rate: 0.5 })).toEqual([
      '--max-per-host 2 --rate 15/m --retries 5',
    ]);
    expect(status(429, { max_per_host: 1, rate: 1 / 3600 })).toEqual([
      '--max-per-host 1 --rate 1/h --retries 5',
    ]);
  });

  it('is to allow a host too, with all that were allowed', () => {
    const options = { allow_hosts: ['*.img.example'] };
    const refused = { code: 'blocked-address', reason: 'allow-host', options } as const;
    expect(changes({ ...refused, host: 'cdn.example:8443' })).toEqual([
      '--allow-host *.img.example --allow-host cdn.example',
    ]);
  });

  it('is to leave out what a resume can’t take back', () => {
    const options = { deny_hosts: ['*.example', 'img.example', 'cdn.example', '10.0.0.1'] };
    const denied = failure({ code: 'blocked-address', reason: 'deny-host', options });
    expect(adviseOn(denied)).toEqual([
      {
        ...{ what: 'leave out the --deny-host it matches', options: [], by: 'run' },
        set: { deny_hosts: ['img.example', '10.0.0.1'] },
      },
    ]);
    const own = failure({ code: 'blocked-address', reason: 'private-address' });
    expect(adviseOn(own)).toEqual([
      { what: 'leave out --deny-private', options: [], by: 'run', set: { deny_private: false } },
    ]);
  });

  it('is for whoever starts the server, where that refuses private addresses', () => {
    const cause = { code: 'blocked-address', reason: 'private-address' } as const;
    const [change] = adviseOn(failure({ ...cause, onServer: true }));
    expect(change).toMatchObject({ by: 'serve', options: ['--no-deny-private'] });
  });

  it.each<[FaultCode, Reason | null]>([
    ['invalid-url', 'malformed-url'],
    ['unsupported-scheme', null],
    ['dns', 'host-not-found'],
  ])('is the manifest, and a new run with it: a resume has the old one (%s)', (code, reason) => {
    const [change] = adviseOn(failure({ code, reason, host: null }));
    expect(change).toMatchObject({ what: expect.stringContaining('the manifest'), by: 'run' });
  });

  it.each<[FaultCode, Reason | null]>([
    ['disconnected', 'reset'],
    ['disconnected', 'closed'],
    ['disconnected', null],
    ['truncated', null],
  ])('is more attempts at less load (%s %s)', (code, reason) => {
    expect(changes({ code, reason })).toEqual(['--retries 5 --concurrency 25']);
    expect(changes({ code, reason, options: { concurrency: 1 } })).toEqual([
      '--retries 5 --concurrency 1',
    ]);
  });

  it.each<FaultCode>(['empty-body', 'unsupported-format', 'corrupt-image', 'no-dimensions'])(
    'is another file at the same place (%s)',
    (code) => {
      expect(changes({ code })).toEqual(['have the file replaced']);
    },
  );

  it('is more time for the work only where that ran out', () => {
    expect(changes({ code: 'work', reason: 'work-timeout' })).toEqual(['--work-timeout 2m']);
    expect(changes({ code: 'work', reason: 'threw' })).toEqual([
      'see what the work says, correct it, and do it again',
    ]);
  });
});

describe('where it is not the manifest’s URL that failed, but where it redirects', () => {
  const REDIRECT = 'have the redirect corrected, or put the place of the image into the manifest';

  it.each<[string, Parameters<typeof changes>[0]]>([
    ['a scheme', { code: 'unsupported-scheme', http_status: 302 }],
    ['no URL', { code: 'invalid-url', reason: 'malformed-url', http_status: 302 }],
    ['another host’s page', { code: 'http-status', http_status: 404, host: 'b.example' }],
    ['a name that is none', { code: 'dns', reason: 'host-not-found', host: 'b.example' }],
    ['TLS, from http', { code: 'tls', reason: 'not-tls', url: 'http://cdn.example/a.png' }],
  ])('the redirect is to be corrected: to %s', (_, given) => {
    const [change = ''] = changes(given);
    expect(change.startsWith(REDIRECT), change).toBe(true);
  });

  it('a port that is the scheme’s own is no other host', () => {
    const gone = { code: 'http-status', http_status: 404 } as const;
    const own = changes({ ...gone, url: 'https://me@CDN.example:443/a.png' });
    expect(own).toEqual(['correct the URL in the manifest']);
  });
});

describe('--keep-going', () => {
  it.each(FAULT_CODES)('is proposed too where images were skipped after it (%s)', (code) => {
    expect(changes({ code, skipped: 3 }).at(-1)).toBe('--keep-going');
    expect(changes({ code, skipped: 0 })).not.toContain('--keep-going');
  });

  it('is not where the job has it', () => {
    const options = { ...DEFAULTS, keep_going: true };
    expect(adviseOnSkipped({ skipped: 1, options })).toEqual([]);
  });
});
