import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { BOUNDS } from '../options/bounds.ts';
import { DEFAULTS } from '../options/defaults.ts';
import type { JobOptions } from '../options/job-options.ts';
import {
  parseCount,
  parseDuration,
  parseFailureBudget,
  parseFolder,
  parseSize,
  parseSleep,
} from './parse-option.ts';

/** Those of the job options that are numbers with a default. */
type NumberOption = {
  [Name in keyof JobOptions]: JobOptions[Name] extends number ? Name : never;
}[keyof JobOptions];

type JobOption = {
  name: NumberOption;
  flags: string;
  description: string;
  parse(text: string): number;
  /** The variable that gives it too, after `IMGJOB_`. */
  variable?: string;
  /** The default as a person writes it. */
  shown?: string;
};

/** The options that change what a job does: a journal keeps them, a resume uses them again. */
const JOB_OPTIONS: JobOption[] = [
  {
    name: 'concurrency',
    flags: '-c, --concurrency <n>',
    description: 'stores at once',
    parse: parseCount(BOUNDS.concurrency),
    variable: 'CONCURRENCY',
  },
  {
    name: 'sleep_ms',
    flags: '--sleep <duration>',
    description: 'sleep in place of work, for each image',
    parse: parseSleep,
    variable: 'SLEEP',
    shown: '400ms',
  },
  {
    name: 'timeout_ms',
    flags: '--timeout <duration>',
    description: 'for one attempt at an image',
    parse: parseDuration,
    variable: 'TIMEOUT',
    shown: '60s',
  },
  {
    name: 'dns_timeout_ms',
    flags: '--dns-timeout <duration>',
    description: 'for the look-up of a name',
    parse: parseDuration,
    shown: '10s',
  },
  {
    name: 'connect_timeout_ms',
    flags: '--connect-timeout <duration>',
    description: 'for a connection',
    parse: parseDuration,
    shown: '10s',
  },
  {
    name: 'stall_timeout_ms',
    flags: '--stall-timeout <duration>',
    description: 'without any data',
    parse: parseDuration,
    shown: '15s',
  },
  {
    name: 'max_bytes',
    flags: '--max-bytes <size>',
    description: 'largest image',
    parse: parseSize,
    shown: '50MB',
  },
  {
    name: 'max_redirects',
    flags: '--max-redirects <n>',
    description: 'redirects to follow',
    parse: parseCount(BOUNDS.max_redirects),
  },
  {
    name: 'retries',
    flags: '--retries <n>',
    description: 'more attempts at an image after trouble that may pass',
    parse: parseCount(BOUNDS.retries),
    variable: 'RETRIES',
  },
  {
    name: 'retry_delay_ms',
    flags: '--retry-delay <duration>',
    description: 'before a retry: a random part of it, doubled each time, at most 30s',
    parse: parseDuration,
    shown: '500ms',
  },
  {
    name: 'retry_max_delay_ms',
    flags: '--retry-max-delay <duration>',
    description: 'longest wait that a server may ask for with Retry-After',
    parse: parseDuration,
    shown: '60s',
  },
];

/** Adds the job options, with their variables and defaults. */
export function addJobOptions(command: Command): void {
  for (const option of JOB_OPTIONS) command.addOption(withDefault(option));
}

/** One of them, for a command that takes no others. */
export function jobOption(name: NumberOption): Option {
  const option = JOB_OPTIONS.find((one) => one.name === name);
  if (!option) throw new RangeError(`no job option ${name}`);
  return withDefault(option);
}

function withDefault({ name, variable, shown, ...rest }: JobOption): Option {
  const option = createOption(rest).default(DEFAULTS[name], shown);
  return variable === undefined ? option : option.env(`IMGJOB_${variable}`);
}

/** Adds the job options, but for some, without defaults: what is not given stays as it was. */
export function addJobOverrides(command: Command, but: readonly NumberOption[] = []): void {
  for (const option of JOB_OPTIONS) {
    if (!but.includes(option.name)) command.addOption(createOption(option));
  }
}

/** Those that are on or not there, and what stops a job. None has a default: a resume stays as it was. */
const POLICIES = [
  ['prefetch', '--prefetch', 'download the next image of a store during the work on this one'],
  ['digest', '--digest', 'add the SHA-256 of each image to the results'],
  ['fail_fast', '--fail-fast', 'stop the job at the first failed store'],
  ['keep_going', '--keep-going', 'go on with the images of a store after one that failed'],
] as const;

function failureBudgetOption(): Option {
  return new Option(
    '--allow-failures <n|p%>',
    'exit with 0 if no more stores failed than that',
  ).argParser(parseFailureBudget);
}

export function addPolicies(command: Command): void {
  command.addOption(saveOption());
  for (const [, flags, description] of POLICIES) command.option(flags, description);
  command.addOption(failureBudgetOption());
}

function saveOption(): Option {
  return new Option(
    '--save <folder>',
    'keep each completed image as a file in this folder',
  ).argParser(parseFolder);
}

/** Of a resume alone: a job that had such a policy goes on without it. */
export function addPolicyEnds(command: Command): void {
  for (const [, flags] of POLICIES) {
    const name = flags.slice('--'.length);
    command.option(`--no-${name}`, `without --${name}, if the job had it`);
  }
  command.option('--no-save', 'keep no more files, if the job did');
}

type OptionText = Pick<JobOption, 'flags' | 'description' | 'parse'>;

function createOption({ flags, description, parse }: OptionText): Option {
  return new Option(flags, description).argParser(parse);
}

/** The job options that a command line gave or has by default. */
export function readJobOptions(command: Command): Partial<JobOptions> {
  const values: Partial<JobOptions> = {};
  for (const option of JOB_OPTIONS) {
    const value: unknown = command.getOptionValue(createOption(option).attributeName());
    if (typeof value === 'number') values[option.name] = value;
  }
  for (const [name, flags] of POLICIES) {
    const value: unknown = command.getOptionValue(new Option(flags).attributeName());
    if (typeof value === 'boolean') values[name] = value;
  }
  const budget: unknown = command.getOptionValue('allowFailures');
  if (typeof budget === 'string') values.allow_failures = budget;
  const save: unknown = command.getOptionValue('save');
  // Also good for a resume from another folder.
  if (typeof save === 'string') values.save = resolve(save);
  if (save === false) values.save = null;
  return values;
}
