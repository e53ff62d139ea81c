import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addAccessOptions, readAccessOptions } from '../../src/cli/access-options.ts';
import { addJobOptions, addPolicies, readJobOptions } from '../../src/cli/job-options.ts';
import { addWorkOptions, readWorkOptions } from '../../src/cli/work-options.ts';
import { BOUNDS } from '../../src/options/bounds.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { jobOptionsSchema } from '../../src/options/job-options.ts';
import { parseJobOptions } from '../../src/options/parse-job-options.ts';
import { parseLine } from '../../src/state/journal-line.ts';
import { OPTION_CASES, type OptionCase } from './option-cases.ts';

/** What is not refused is answered as it was understood. */
const REFUSED = Symbol('refused');

/** As `imgjob run` reads it. */
function onCommandLine(name: string, argv: string[]): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addJobOptions(command);
  addPolicies(command);
  addWorkOptions(command);
  addAccessOptions(command);
  try {
    command.parse(argv, { from: 'user' });
  } catch {
    return REFUSED;
  }
  const { given } = readAccessOptions(command);
  return optionOf(name, { ...readJobOptions(command), ...readWorkOptions(command), ...given });
}

function inLibrary(name: string, value: unknown): unknown {
  const outcome = parseJobOptions({ [name]: value });
  if ('options' in outcome) return optionOf(name, outcome.options);
  expect(outcome.problems[0]).toEqual({
    option: expect.stringMatching(new RegExp(`^${name}(\\[\\d+\\])?$`)),
    message: expect.stringMatching(/^expected /),
  });
  return REFUSED;
}

/** As the first line of a journal, and as a later one, which holds what changed. */
function inJournal(name: string, value: unknown): unknown[] {
  const head = { t: '2026-03-01T09:30:00.000Z', job_id: 'a' };
  const counts = { schema_version: 1, stores: 1, images: 1 };
  const options = { [name]: value };
  const events = [
    { ...head, type: 'job_started', ...counts, options: { ...DEFAULTS, ...options } },
    { ...head, type: 'job_resumed', retry_failed: false, options },
  ];
  return events.map((event) => {
    const read = parseLine(Buffer.from(JSON.stringify(event))).event;
    return read && 'options' in read ? optionOf(name, read.options) : REFUSED;
  });
}

function optionOf(name: string, options: object): unknown {
  return new Map<string, unknown>(Object.entries(options)).get(name);
}

/** JSON has no such numbers: a journal holds null in their place. */
const isJson = (value: unknown) => typeof value !== 'number' || Number.isFinite(value);

const label = ({ argv, value }: OptionCase) => (JSON.stringify(argv) ?? '').slice(0, 60) + value;

describe.each(Object.entries(OPTION_CASES))('%s', (name, { takes, refuses }) => {
  it('takes the same on the command line, in the library and in a journal', () => {
    for (const one of takes) {
      const { argv, value } = one;
      if (argv) expect(onCommandLine(name, argv), label(one)).toEqual(value);
      expect(inLibrary(name, value), label(one)).toEqual(value);
      expect(inJournal(name, value), label(one)).toEqual([value, value]);
    }
  });

  it('refuses the same', () => {
    for (const one of refuses) {
      const { argv, value } = one;
      if (argv) expect(onCommandLine(name, argv), label(one)).toBe(REFUSED);
      expect(inLibrary(name, value), label(one)).toBe(REFUSED);
      if (isJson(value)) expect(inJournal(name, value), label(one)).toEqual([REFUSED, REFUSED]);
    }
  });
});

describe('the options of a job', () => {
  it('are all held to the same bounds above', () => {
    const names = Object.keys(jobOptionsSchema.shape).sort();
    expect(Object.keys(OPTION_CASES).sort()).toEqual(names);
    expect(Object.keys(DEFAULTS).sort()).toEqual(names);
  });

  it('that are numbers have a least and a most', () => {
    const numbers = Object.entries(OPTION_CASES)
      .filter(([, { takes }]) => takes.some(({ value }) => typeof value === 'number'))
      .map(([name]) => name);
    expect(numbers.sort()).toEqual(Object.keys(BOUNDS).sort());
  });
});

describe('a host that is spelled otherwise', () => {
  it.each([
    ['127.1', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['LocalHost', 'localhost'],
    ['cdn.example.', 'cdn.example'],
    ['*.CDN.example.', '*.cdn.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['*.BÜCHER.example', '*.xn--bcher-kva.example'],
    ['[0:0:0:0:0:0:0:1]', '[::1]'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ['%6cocalhost', 'localhost'],
  ])('is %s: it stands for %s everywhere', (given, host) => {
    for (const [name, flag] of [
      ['allow_hosts', '--allow-host'],
      ['deny_hosts', '--deny-host'],
    ] as const) {
      expect(onCommandLine(name, [flag, given])).toEqual([host]);
      expect(inLibrary(name, [given])).toEqual([host]);
      expect(inJournal(name, [given])).toEqual([[host], [host]]);
    }
  });
});
