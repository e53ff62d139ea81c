import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { parseJobOptions } from '../../src/options/parse-job-options.ts';

describe('the options of a job', () => {
  it('are the defaults where nothing is given, or what is given is undefined', () => {
    expect(parseJobOptions({})).toEqual({ options: DEFAULTS });
    expect(parseJobOptions({ retries: undefined, nothing: undefined })).toEqual({
      options: DEFAULTS,
    });
  });

  it('are those that are given, in place of the defaults', () => {
    const given = { concurrency: 3, deny_hosts: ['127.1'], rate: 0.5 };
    const options = { ...DEFAULTS, ...given, deny_hosts: ['127.0.0.1'] };
    expect(parseJobOptions(given)).toEqual({ options });
    expect(given.deny_hosts).toEqual(['127.1']);
  });

  it.each([
    [{ concurrency: 1e9 }, 'concurrency', 'expected a whole number from 1 to 10000'],
    [{ timeout_ms: '2m' }, 'timeout_ms', 'expected a whole number from 1 to 2147483647'],
    [{ rate: 0 }, 'rate', 'expected requests a second, from 1/86400 to 1000000'],
    [{ prefetch: 'yes' }, 'prefetch', 'expected true or false'],
    [{ deny_hosts: 'localhost' }, 'deny_hosts', 'expected a list of hosts'],
    [
      { deny_hosts: ['a', 'http://localhost'] },
      'deny_hosts[1]',
      'expected a host like cdn.example or *.cdn.example',
    ],
    [{ allow_hosts: Array(1001).fill('a') }, 'allow_hosts', 'expected at most 1000 hosts'],
    [{ user_agent: 'a\r\nb' }, 'user_agent', 'expected plain ASCII text'],
    [{ cacert: '' }, 'cacert', 'expected the path of a file'],
    [
      { allow_failures: 'some' },
      'allow_failures',
      'expected a number of stores like 3, or a share like 5%',
    ],
    [{ headers: ['host'] }, 'headers[0]', "expected a header's name that may be set"],
    [{ concurency: 3 }, 'concurency', 'there is no such option'],
    [JSON.parse('{"__proto__": 1}'), '__proto__', 'there is no such option'],
  ])('%j are refused, each with one sentence', (given, option, message) => {
    expect(parseJobOptions(given)).toEqual({ problems: [{ option, message }] });
  });

  it.each([[null], [undefined], [5], ['concurrency=3'], [[]], [() => {}]])(
    '%j are none',
    (given) => {
      const problem = { option: '', message: 'expected an object of options' };
      expect(parseJobOptions(given)).toEqual({ problems: [problem] });
    },
  );

  it('have all their problems told, but no more than 20', () => {
    const two = parseJobOptions({ retries: -1, sleep_ms: Number.NaN });
    expect(two).toMatchObject({ problems: [{ option: 'sleep_ms' }, { option: 'retries' }] });
    const many = parseJobOptions({ deny_hosts: Array(900).fill('a b'), retries: -1 });
    expect('problems' in many && many.problems).toHaveLength(20);
  });
});
