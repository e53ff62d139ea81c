import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULTS } from '../options/defaults.ts';
import { parseUrl } from '../parse-url.ts';
import { addAccessOptions, readAccessOptions } from './access-options.ts';
import { addJobOptions, addPolicies, readJobOptions } from './job-options.ts';
import { parseAge, parseCount, parseDuration } from './parse-option.ts';
import {
  addRedisOptions,
  fsyncOption,
  type SetExitCode,
  stateDirOption,
  windowOf,
} from './shared-options.ts';
import { addWorkOptions, readWorkOptions } from './work-options.ts';

const PORTS = { least: 0, most: 65_535 };
const JOBS = { least: 1, most: 10_000 };
const QUEUED = { least: 0, most: 1_000_000 };

export function addServe(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('serve')
    .description('take jobs over HTTP and run them in the background')
    .addOption(
      new Option('--port <n>', 'to listen on; 0 takes a free one')
        .argParser(parseCount(PORTS))
        .default(3000)
        .env('PORT'),
    )
    .option('--host <address>', 'to listen on', '127.0.0.1')
    .addOption(stateDirOption())
    .option('--max-jobs <n>', 'jobs that run at once', parseCount(JOBS), 100)
    .option('--max-queued <n>', 'jobs that wait for their turn', parseCount(QUEUED), 1000)
    .addOption(
      new Option(
        '--keep <age|n>',
        'remove jobs so long after their end, or all but the last n that ended; may be given twice',
      )
        .argParser(parseKeep)
        .default({ age_ms: null, count: null }, 'all'),
    )
    .addOption(
      new Option('--grace <duration>', 'time for images at work when it stops')
        .argParser(parseDuration)
        .default(10_000, '10s'),
    )
    .addOption(
      new Option('--token <token>', 'that clients must send; @FILE reads it from a file').env(
        'IMGJOB_TOKEN',
      ),
    )
    .option('--no-auth', 'let everybody in, on any host')
    .option('--cors <origin>', 'of a site whose pages may use the API', parseOrigin);
  addJobOptions(command);
  addPolicies(command);
  addWorkOptions(command);
  addAccessOptions(command);
  addRedisOptions(command);
  command
    .option('--no-deny-private', 'let jobs fetch from addresses that are not of the internet')
    .addOption(fsyncOption())
    .addHelpText('after', EXAMPLES)
    .action(async (options) => {
      const { serve } = await import('../commands/serve.ts');
      const { given, headers } = readAccessOptions(command);
      const job = {
        ...DEFAULTS,
        ...readJobOptions(command),
        ...readWorkOptions(command),
        // A job comes from whoever reaches the server, which may reach more than they do.
        deny_private: true,
        ...given,
      };
      setExitCode(
        await serve(job, { fsync: false, ...options, headers, window: windowOf(command) }),
      );
    });
}

const EXAMPLES = `
Options of jobs hold for jobs that say nothing else, and are the most that a job may ask for.

Examples:
  $ imgjob serve                                    on http://127.0.0.1:3000
  $ imgjob serve --host 0.0.0.0 --token @token.txt  for others too
  $ imgjob serve --keep 30d --keep 10000 -c 200     200 stores at once

  $ curl --data-binary @manifest.json http://127.0.0.1:3000/api/v1/jobs
  $ curl http://127.0.0.1:3000/api/v1/jobs/spring-audit`;

type Keep = { age_ms: number | null; count: number | null };

/** `30d` or `1000`; the one given later adds to the other. */
function parseKeep(text: string, before: Keep): Keep {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return { ...before, count: Number(text) };
  if (/^0*[1-9]\d*[mhdw]$/.test(text)) return { ...before, age_ms: parseAge(text) };
  throw new InvalidArgumentError('Expected an age like 30d, or a number of jobs.');
}

/** As browsers send it. */
function parseOrigin(text: string): string {
  if (parseUrl(text)?.origin === text) return text;
  throw new InvalidArgumentError('Expected an origin like https://shelf.example.');
}
