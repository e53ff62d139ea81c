import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addResume } from '../../src/cli/run.ts';
import { adviseOn } from '../../src/explain/advice.ts';
import { REASONS } from '../../src/results/reasons.ts';
import { FAULT_CODES, type FaultCode } from '../../src/results/results-schema.ts';
import type { Word } from '../../src/terminal/shell-word.ts';
import { changes, failure } from '../support/failures.ts';

const STATUSES = [null, 302, 400, 401, 403, 404, 407, 408, 410, 425, 429, 500, 502, 503, 504];

/** Every code with each of its reasons, and without one. */
const CAUSES = FAULT_CODES.flatMap((code) => [
  { code, reason: null },
  ...reasonsOf(code).map((reason) => ({ code, reason })),
]);

function reasonsOf(code: FaultCode) {
  return code in REASONS ? REASONS[code as keyof typeof REASONS] : [];
}

describe('every cause', () => {
  it.each(CAUSES)('has something that may change it: $code $reason', (cause) => {
    const [first] = adviseOn(failure(cause));
    expect(first?.what).toMatch(/^[a-z]/);
  });

  // What was said of a failure may hold anything: a host's name, what work threw.
  it.each(CAUSES)('is told by facts, whatever its message says: $code $reason', (cause) => {
    const plain = changes(cause);
    for (const message of [
      'could not connect within 0.407 s',
      'the proxy answered 407',
      'too many open files, see --allow-host, --deny-host and the headers',
      'not done within 2 s',
      'no data for 2 s: the name lookup failed',
      'redirected: the port does not speak TLS',
    ]) {
      expect(changes({ ...cause, message })).toEqual(plain);
    }
  });
});

describe('a cause that nobody told', () => {
  const optionsOf = (code: FaultCode, reason: (typeof CAUSES)[number]['reason']) =>
    adviseOn(failure({ code, reason })).flatMap(({ options }) =>
      options.flatMap((word) => (typeof word === 'string' && /^--/.test(word) ? [word] : [])),
    );

  // These help against one reason alone, and cost nothing to leave out.
  const NARROW = ['--concurrency', '--allow-host'];

  it.each(Object.keys(REASONS) as (keyof typeof REASONS)[])(
    'has all options that may help against any reason of %s',
    (code) => {
      const likely = new Set(REASONS[code].flatMap((reason) => optionsOf(code, reason)));
      for (const option of NARROW) likely.delete(option);
      expect(optionsOf(code, null)).toEqual(expect.arrayContaining([...likely]));
    },
  );
});

describe('every option that is proposed', () => {
  const all = CAUSES.flatMap((cause) =>
    STATUSES.flatMap((http_status) => adviseOn(failure({ ...cause, http_status, skipped: 1 }))),
  );

  it('is one that imgjob resume takes, with its value', async () => {
    const lines = new Set(all.map(({ options }) => JSON.stringify(options)));
    expect(lines.size).toBeGreaterThan(10);
    for (const line of lines) {
      const words: Word[] = JSON.parse(line);
      const program = new Command().exitOverride();
      addResume(program, () => {});
      const [command] = program.commands;
      command?.exitOverride().configureOutput({ writeErr: () => {} });
      expect(line).not.toContain('…');
      // Only the reader knows what a variable holds.
      const given = words.map((word) => (typeof word === 'string' ? word : `${word.before}x`));
      expect(() => command?.parseOptions(given), line).not.toThrow();
      expect(command?.parseOptions(given), line).toEqual({ operands: [], unknown: [] });
    }
  });
});
