import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ImgjobError } from '../errors.ts';
import { BOUNDS, MAX_HEADERS, MAX_HOST_PATTERNS } from '../options/bounds.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import {
  parseCount,
  parseHostPattern,
  parsePath,
  parseRate,
  parseUserAgent,
} from './parse-option.ts';
import { readHeaders } from './read-headers.ts';

/** What the options say that decide how hosts are reached, and which may be. */
type AccessValues = {
  header?: Header[];
  userAgent?: string;
  cacert?: string;
  insecure?: boolean;
  denyPrivate?: boolean;
  allowHost?: string[];
  denyHost?: string[];
  maxPerHost?: number;
  rate?: number;
};

type List<T> = { most: number; parse(text: string): T[] };

/** An option that may be given several times, at most so many. */
function listOption<T>(flags: string, description: string, list: List<T>): Option {
  const option = new Option(flags, description);
  return option.argParser((text: string, before: T[] = []): T[] => {
    const all = [...before, ...list.parse(text)];
    if (all.length <= list.most) return all;
    // Not commander's own error, which repeats what was given: it may be secret.
    throw new ImgjobError('usage', `${option.long}: expected at most ${list.most}`);
  });
}

const HOSTS = {
  most: MAX_HOST_PATTERNS,
  parse: (text: string) => [parseHostPattern(text)],
};

/** Adds the options on access, but for some. None has a default: what is not given is not there, or as it was. */
export function addAccessOptions(
  command: Command,
  but: readonly (keyof AccessValues)[] = [],
): void {
  const options = [
    listOption(
      '-H, --header <line>',
      "'Name: value' or @FILE, sent only to the hosts of the images",
      { most: MAX_HEADERS, parse: readHeaders },
    ),
    new Option('--user-agent <text>', "in place of imgjob's own").argParser(parseUserAgent),
    new Option(
      '--cacert <file>',
      'trust these certificates in place of the usual ones, PEM',
    ).argParser(parsePath),
    new Option('--insecure', 'accept any certificate'),
    new Option('--deny-private', 'refuse addresses that are not of the public internet'),
    listOption('--allow-host <pattern>', 'ask only these hosts: cdn.example, *.cdn.example', HOSTS),
    listOption('--deny-host <pattern>', 'never ask these hosts', HOSTS),
    new Option('--max-per-host <n>', 'requests to one host at a time').argParser(
      parseCount(BOUNDS.max_per_host),
    ),
    new Option('--rate <n/s>', 'requests to one host in a second or minute: 20/s, 100/m').argParser(
      parseRate,
    ),
  ];
  const names = new Set<string>(but);
  for (const option of options) if (!names.has(option.attributeName())) command.addOption(option);
}

/** The job options among them that were given, and the headers with their values. */
export function readAccessOptions(command: Command): {
  given: Partial<JobOptions>;
  headers: Header[];
} {
  const values = command.opts<AccessValues>();
  const headers = values.header ?? [];
  const all = {
    headers: values.header?.map(([name]) => name),
    user_agent: values.userAgent,
    // Also good for a resume from another folder.
    cacert: values.cacert === undefined ? undefined : resolve(values.cacert),
    insecure: values.insecure,
    deny_private: values.denyPrivate,
    allow_hosts: values.allowHost,
    deny_hosts: values.denyHost,
    max_per_host: values.maxPerHost,
    rate: values.rate,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return { given: Object.fromEntries(given), headers };
}
