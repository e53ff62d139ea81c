import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type Header,
  parseCount,
  parseHeader,
  parseHeaderValue,
  parseHostPattern,
  parseRate,
} from '../options.ts';
import type { JobOptions } from '../results/events.ts';

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

/** Gathers the values of an option that may be given several times. */
function gather<T>(parse: (text: string) => T) {
  return (text: string, before: T[] | undefined): T[] => [...(before ?? []), parse(text)];
}

/** Adds the options on access. None has a default: what is not given is not there, or as it was. */
export function addAccessOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '-H, --header <line>',
        "'Name: value', to the hosts of the image URLs alone",
      ).argParser(gather(parseHeader)),
    )
    .option('--user-agent <text>', "in place of imgjob's own", parseHeaderValue)
    .option('--cacert <file>', 'certificates to trust in place of the usual ones, PEM')
    .option('--insecure', 'accept any certificate')
    .option('--deny-private', 'refuse addresses that are not of the public internet')
    .addOption(
      new Option(
        '--allow-host <pattern>',
        'ask these hosts alone: cdn.example, *.cdn.example',
      ).argParser(gather(parseHostPattern)),
    )
    .addOption(
      new Option('--deny-host <pattern>', 'never ask these hosts').argParser(
        gather(parseHostPattern),
      ),
    )
    .option('--max-per-host <n>', 'requests to one host at a time', parseCount(1, 10_000))
    .option('--rate <n/s>', 'requests to one host in a time: 20/s, 100/m', parseRate);
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
