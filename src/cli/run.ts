import { type Command, Option } from 'commander';
import { DEFAULTS } from '../options/defaults.ts';
import { addAccessOptions, readAccessOptions } from './access-options.ts';
import {
  addJobOptions,
  addJobOverrides,
  addPolicies,
  addPolicyEnds,
  readJobOptions,
} from './job-options.ts';
import {
  addRedisOptions,
  addReports,
  formatOption,
  fsyncOption,
  manifestFormatOption,
  outputOption,
  progressOf,
  progressOption,
  type SetExitCode,
  stateDirOption,
  waitOption,
  windowOf,
} from './shared-options.ts';
import { addWorkOptions, readWorkOptions, workOutputOption } from './work-options.ts';

const RUN_EXAMPLES = `
Examples:
  $ imgjob run manifest.json                  results in manifest.results.json
  $ imgjob run manifest.json | jq .summary    results on standard output
  $ imgjob run -o out.json -c 200 m.json      200 stores at once, results in out.json
  $ imgjob run -o results/ a.json b.json      two jobs at once, a file for each
  $ imgjob run --resume -o out.json m.json    go on where an interrupted run stopped
  $ imgjob run --reuse -o out.json m.json     only what the last run of this job does not have
  $ make-manifest | imgjob run - > out.json   a manifest from standard input

Durations: 400ms, 0.4s, 2m. Sizes: 50000, 50MB, 50MiB.
Each option that shows a variable (IMGJOB_…) can be set by it; the command line wins.
Exit codes: 0 all completed (or failures allowed), 1 a store failed, 2 wrong usage
or manifest, 3 imgjob could not do its part, 130/143/129 stopped by a signal.`;

export function addRun(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('run')
    .description('run the jobs of one or more manifests')
    .argument('<manifest...>', 'JSON, NDJSON, CSV, TSV or lists of URLs; - is standard input')
    .addOption(outputOption());
  addJobOptions(command);
  addPolicies(command);
  addWorkOptions(command);
  command.addOption(workOutputOption());
  addAccessOptions(command);
  command
    .option('--job-id <id>', "in place of the manifest's own id")
    .addOption(manifestFormatOption())
    .addOption(formatOption());
  addReports(command);
  addRedisOptions(command);
  command
    .addOption(progressOption())
    .addOption(
      new Option('--resume', 'go on with an interrupted job, or deliver its results').conflicts(
        'force',
      ),
    )
    .addOption(
      new Option(
        '--retry-failed',
        'the same, and do failed stores again, also of a job that has ended',
      ).conflicts('force'),
    )
    .addOption(
      new Option(
        '--reuse [by]',
        'start a new run that takes over completed results of the last one: by url, or by path, without ? and #',
      )
        .choices(['url', 'path'])
        .preset('url')
        .conflicts(['resume', 'retryFailed', 'force']),
    )
    .option('--force', 'start an interrupted job over')
    .addOption(stateDirOption())
    .addOption(
      new Option('--no-state', 'keep nothing: an interrupted job is lost').conflicts([
        'resume',
        'retryFailed',
        'reuse',
        'force',
        'fsync',
        'wait',
      ]),
    )
    .addOption(waitOption())
    .addOption(fsyncOption())
    .addHelpText('after', RUN_EXAMPLES)
    .action(async (manifests: string[], options) => {
      const { run } = await import('../commands/run.ts');
      const { given, headers } = readAccessOptions(command);
      const job = {
        ...DEFAULTS,
        ...readJobOptions(command),
        ...readWorkOptions(command),
        ...given,
      };
      const stateDirGiven = command.getOptionValueSource('stateDir') === 'cli';
      const progress = progressOf(command, options);
      const window = windowOf(command);
      const sleepGiven = command.getOptionValueSource('sleep') !== 'default';
      const origins = { stateDirGiven, sleepGiven };
      const settings = { ...FLAGS, ...options, ...origins, progress, headers, window };
      setExitCode(await run(manifests, job, settings));
    });
}

/** Flags that were not given. */
const FLAGS = {
  ...{ resume: false, retryFailed: false, reuse: null, force: false },
  ...{ fsync: false, wait: 0, quiet: false },
};

export function addResume(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('resume')
    .description('go on with a job where it was interrupted')
    .argument('<job-id>', 'imgjob status lists all jobs')
    .option('-o, --output <path>', 'results file, or - for standard output')
    .option(
      '--retry-failed',
      'also do failed stores again, from their failed image on, and skipped ones',
    );
  addJobOverrides(command);
  addPolicies(command);
  addPolicyEnds(command);
  addWorkOptions(command);
  command.addOption(workOutputOption());
  addAccessOptions(command);
  command.addOption(formatOption());
  addReports(command);
  addRedisOptions(command);
  command
    .addOption(progressOption())
    .addOption(stateDirOption())
    .addOption(waitOption())
    .addOption(fsyncOption())
    .addHelpText(
      'after',
      `
Fetches nothing that has a result. Options that you leave out stay as they were.
If the job has ended, it writes the results and fetches nothing, except files of
--save that are gone.

Examples:
  $ imgjob resume spring-audit -o out.json
  $ imgjob resume spring-audit --retry-failed --timeout 2m`,
    )
    .action(async (job_id: string, options) => {
      const { resume } = await import('../commands/resume.ts');
      const flags = { retryFailed: false, fsync: false, wait: 0, quiet: false };
      const progress = progressOf(command, options);
      const access = readAccessOptions(command);
      const given = { ...readJobOptions(command), ...readWorkOptions(command), ...access.given };
      const { headers } = access;
      const window = windowOf(command);
      setExitCode(await resume(job_id, given, { ...flags, ...options, progress, headers, window }));
    });
}
