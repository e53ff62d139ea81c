import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addResume } from '../../src/cli/run.ts';
import { beginAttempt } from '../../src/download/attempt.ts';
import { createHostRules } from '../../src/download/host-rules.ts';
import { adviseOn, adviseOnSkipped, type Failure } from '../../src/explain/advice.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import type { JobOptions } from '../../src/options/job-options.ts';
import { FAULT_CODES, type FaultCode, type ImageError } from '../../src/results/results-schema.ts';

const failure = (
  error: Partial<ImageError>,
  {
    options = {},
    ...more
  }: Partial<Omit<Failure, 'error' | 'options'>> & {
    options?: Partial<JobOptions>;
  } = {},
): Failure => ({
  error: { code: 'internal', message: '', http_status: null, host: 'cdn.example', ...error },
  bytes: null,
  skipped: 0,
  options: { ...DEFAULTS, ...options },
  ...more,
});

/** Each change as its options, or as its sentence where it has none. */
const changes = (...given: Parameters<typeof failure>) =>
  adviseOn(failure(...given)).map(({ options, what }) => options.join(' ') || what);

const status = (http_status: number, options: Partial<JobOptions> = {}) =>
  changes({ code: 'http-status', message: String(http_status), http_status }, { options });

describe('the change that is proposed', () => {
  it('is twice the time for an attempt that was not complete', () => {
    const error = { code: 'timeout' as const, message: 'not complete after 60 s' };
    expect(changes(error)).toEqual(['--timeout 2m']);
  });

  it('goes by the limit that the message tells, since options may be others by now', () => {
    const error = { code: 'timeout' as const, message: 'redirected: not complete after 0.25 s' };
    expect(changes(error)).toEqual(['--timeout 500ms']);
  });

  it('is a longer wait for a byte where none came, and time enough for it', () => {
    const error = { code: 'timeout' as const, message: 'no data for 15 s, 1 of 1000 bytes' };
    expect(changes(error)).toEqual(['--stall-timeout 30s']);
    const options = { timeout_ms: 20_000 };
    expect(changes(error, { options })).toEqual(['--stall-timeout 30s --timeout 1m']);
  });

  it.each([
    ['not complete', { timeout_ms: 20, stall_timeout_ms: 1000 }, '--timeout 40ms'],
    ['no data', { timeout_ms: 1000, stall_timeout_ms: 20 }, '--stall-timeout 40ms'],
  ])('understands the message of an attempt that really ends so: %s', async (_, limits, change) => {
    const attempt = beginAttempt(limits, new AbortController().signal);
    attempt.moved();
    const stop = await new Promise<Pick<ImageError, 'code' | 'message'>>(attempt.watch);
    attempt.end();
    expect(changes(stop)).toEqual([change]);
  });

  it('is more time to connect only where time ran out', () => {
    const late = 'could not connect within 10 s';
    expect(changes({ code: 'connect', message: late })).toEqual(['--connect-timeout 20s']);
    expect(
      changes({ code: 'connect', message: late }, { options: { timeout_ms: 12_000 } }),
    ).toEqual(['--connect-timeout 20s --timeout 40s']);
    const refused = { code: 'connect' as const, message: 'connection refused' };
    expect(changes(refused)).toEqual(['--retries 5']);
    expect(changes(refused, { options: { retries: 80 } })).toEqual(['--retries 100']);
    const files = 'too many open files (raise `ulimit -n` or lower -c)';
    expect(changes({ code: 'connect', message: files })).toEqual(['--concurrency 25']);
  });

  it('is another certificate authority, or to trust any', () => {
    const error = { code: 'tls' as const, message: 'TLS: self-signed certificate (X)' };
    expect(changes(error)).toEqual(['--cacert FILE', '--insecure']);
    expect(changes(error, { options: { insecure: true } })).toEqual([
      'have the server’s TLS corrected',
    ]);
    const plain = { code: 'tls' as const, message: 'the port does not speak TLS (X)' };
    expect(changes(plain)[0]).toMatch(/^correct the URL/);
  });

  it('is a size beyond the one allowed, and beyond what came', () => {
    const error = { code: 'too-large' as const, message: 'the body is larger than 50000000 bytes' };
    expect(changes(error)).toEqual(['--max-bytes 100MB']);
    expect(changes(error, { bytes: 900, options: { max_bytes: 1000 } })).toEqual([
      '--max-bytes 2kB',
    ]);
    expect(changes(error, { bytes: 1234, options: { max_bytes: 1000 } })).toEqual([
      '--max-bytes 2468',
    ]);
    const headers = { code: 'too-large' as const, message: 'the response headers are too large' };
    expect(changes(headers)).toEqual(['have the server send smaller headers']);
  });

  it('is to follow more redirects, also where none were', () => {
    expect(changes({ code: 'too-many-redirects' })).toEqual(['--max-redirects 10']);
    expect(changes({ code: 'too-many-redirects' }, { options: { max_redirects: 0 } })).toEqual([
      '--max-redirects 5',
    ]);
  });

  it('goes by the status of HTTP', () => {
    expect(status(401)).toEqual(['-H Authorization: …']);
    expect(status(403)).toEqual(['-H Authorization: …']);
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
    const rules = { allow_hosts: ['*.img.example'], deny_hosts: [] };
    const message = createHostRules(rules)('cdn.example') ?? '';
    const error = { code: 'blocked-address' as const, message, host: 'cdn.example:8443' };
    expect(changes(error, { options: rules })).toEqual([
      '--allow-host *.img.example --allow-host cdn.example',
    ]);
  });

  it('is to leave out what a resume can’t take back', () => {
    const rules = { allow_hosts: [], deny_hosts: ['cdn.example'] };
    const message = createHostRules(rules)('cdn.example') ?? '';
    const [denied] = adviseOn(failure({ code: 'blocked-address', message }, { options: rules }));
    expect(denied).toMatchObject({ what: 'leave out the --deny-host it matches', by: 'run' });
    const own = { code: 'blocked-address' as const, message: '127.0.0.1 is a private address' };
    expect(adviseOn(failure(own))).toEqual([
      { what: 'leave out --deny-private', options: [], by: 'run' },
    ]);
  });

  it.each<FaultCode>(['invalid-url', 'unsupported-scheme', 'dns'])(
    'is the manifest, and a new run with it: a resume has the old one (%s)',
    (code) => {
      const [change] = adviseOn(failure({ code, message: 'host not found' }));
      expect(change).toMatchObject({ what: expect.stringContaining('the manifest'), by: 'run' });
    },
  );

  it.each<FaultCode>(['disconnected', 'truncated'])(
    'is more attempts at less load (%s)',
    (code) => {
      expect(changes({ code })).toEqual(['--retries 5 --concurrency 25']);
      expect(changes({ code }, { options: { concurrency: 1 } })).toEqual([
        '--retries 5 --concurrency 1',
      ]);
    },
  );

  it.each<FaultCode>(['empty-body', 'unsupported-format', 'corrupt-image', 'no-dimensions'])(
    'is another file at the same place (%s)',
    (code) => {
      expect(changes({ code })).toEqual(['have the file replaced']);
    },
  );
});

describe('--keep-going', () => {
  it.each(FAULT_CODES)('is proposed too where images were skipped after it (%s)', (code) => {
    expect(changes({ code }, { skipped: 3 }).at(-1)).toBe('--keep-going');
    expect(changes({ code }, { skipped: 0 })).not.toContain('--keep-going');
  });

  it('is not where the job has it', () => {
    const options = { ...DEFAULTS, keep_going: true };
    expect(adviseOnSkipped({ skipped: 1, options })).toEqual([]);
  });
});

/** What stands for something that only the reader knows. */
const PLACEHOLDER = /…/;

describe('every option that is proposed', () => {
  const messages = ['', 'no data for 2 s', 'could not connect within 2 s', '--allow-host', '407'];
  const statuses = [null, 302, 400, 401, 403, 404, 407, 408, 410, 425, 429, 500, 502, 503, 504];
  const all = FAULT_CODES.flatMap((code) =>
    messages.flatMap((message) =>
      statuses.flatMap((http_status) =>
        adviseOn(failure({ code, message, http_status }, { skipped: 1 })),
      ),
    ),
  );

  it('is one that imgjob resume takes, with its value', async () => {
    const lines = new Set(all.map(({ options }) => JSON.stringify(options)));
    expect(lines.size).toBeGreaterThan(10);
    for (const line of lines) {
      const words: string[] = JSON.parse(line);
      const program = new Command().exitOverride();
      addResume(program, () => {});
      const [command] = program.commands;
      command?.exitOverride().configureOutput({ writeErr: () => {} });
      const given = words.map((word) => word.replace(PLACEHOLDER, 'x'));
      expect(() => command?.parseOptions(given), line).not.toThrow();
      expect(command?.parseOptions(given), line).toEqual({ operands: [], unknown: [] });
    }
  });
});
