import { type Command, Option } from 'commander';
import type { ProgressKind } from '../progress/choose-progress.ts';
import { parseDuration } from './parse-option.ts';

/** What a command does with the exit code it has come to. */
export type SetExitCode = (code: number) => void;

/** Options that several commands have. */

export function outputOption(): Option {
  return new Option(
    '-o, --output <path>',
    'results file, - for standard output, or DIR/ for several jobs',
  );
}

export function formatOption(): Option {
  return new Option('--format <format>', 'of the results')
    .choices(['json', 'ndjson'])
    .default('json');
}

export function manifestFormatOption(): Option {
  return new Option('--manifest-format <format>', 'of the manifests; auto goes by their names')
    .choices(['auto', 'json', 'ndjson', 'csv', 'tsv', 'urls'])
    .default('auto');
}

export function progressOption(): Option {
  return new Option(
    '--progress <kind>',
    'on standard error; auto is bars on a terminal, else lines',
  )
    .choices(['auto', 'bars', 'lines', 'json', 'none'])
    .default('auto')
    .env('IMGJOB_PROGRESS');
}

/** What a run writes besides its results, and whether it says little. */
export function addReports(command: Command): void {
  command
    .option('--junit <path>', 'JUnit XML: a suite for each store, a case for each image')
    .option('--report <path>', 'a page for people, in one HTML file')
    .addOption(reportPicturesOption())
    .option('--summary <path>', 'a short summary in Markdown')
    .option('-q, --quiet', 'print only warnings, errors and the jobs that failed');
}

export function reportPicturesOption(): Option {
  return new Option(
    '--report-pictures',
    'the page can show the pictures: those in the folder of --save, else from their servers',
  );
}

/** Quiet is without progress as well, unless the same command line asks for it. */
export function progressOf(
  command: Command,
  { quiet, progress }: { quiet?: boolean; progress: ProgressKind },
): ProgressKind {
  return quiet && command.getOptionValueSource('progress') !== 'cli' ? 'none' : progress;
}

export function stateDirOption(): Option {
  return new Option('--state-dir <folder>', 'where jobs are kept').env('IMGJOB_STATE_DIR');
}

export function waitOption(): Option {
  return new Option(
    '--wait <duration>',
    'wait so long for a job that another process runs',
  ).argParser(parseDuration);
}

export function fsyncOption(): Option {
  return new Option('--fsync', 'bring each result to the disk at once: survives a power cut');
}

/** Where the fleet is; the address may hold a password. */
export function addRedisOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--redis <url>',
        'let the workers of a fleet do the stores; @FILE reads the address from a file',
      ).env('IMGJOB_REDIS'),
    )
    .option('--redis-prefix <prefix>', 'prefix of all keys there (default: "{imgjob}")');
}

/** The window of a fleet is given as `-c`; by default it is what suits the workers. */
export function windowOf(command: Command): number | null {
  const source = command.getOptionValueSource('concurrency');
  const value: unknown = command.getOptionValue('concurrency');
  return source === 'default' || typeof value !== 'number' ? null : value;
}

/** The server that a command speaks to. */
export function serverOption(): Option {
  return new Option('--server <url>', 'ask this server in place of the state folder').env(
    'IMGJOB_SERVER',
  );
}

export function tokenOption(): Option {
  return new Option('--token <token>', 'of that server; @FILE reads it from a file').env(
    'IMGJOB_TOKEN',
  );
}
