import type { Command } from 'commander';
import { parseAge } from './parse-option.ts';
import {
  formatOption,
  type SetExitCode,
  serverOption,
  stateDirOption,
  tokenOption,
} from './shared-options.ts';

/** The commands that look at and remove the jobs of the state folder. */
export function addKeptJobs(program: Command, setExitCode: SetExitCode): void {
  addStatus(program, setExitCode);
  addResults(program, setExitCode);
  addRemove(program, setExitCode);
  addPrune(program, setExitCode);
}

function addStatus(program: Command, setExitCode: SetExitCode): void {
  program
    .command('status')
    .description('how a job stands, also while another process runs it; without an id, all jobs')
    .argument('[job-id]')
    .option('--json', 'as JSON: the head of the results, or a list of all jobs')
    .option('--full', 'with the stores')
    .option('--watch', 'again every second, until the job, or none of them, runs any more')
    .addOption(stateDirOption())
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText(
      'after',
      `
Examples:
  $ imgjob status
  $ imgjob status --server http://127.0.0.1:3000
  $ imgjob status spring-audit --watch
  $ imgjob status --watch
  $ imgjob status spring-audit --json | jq .eta_ms`,
    )
    .action(async (job_id: string | undefined, options, command: Command) => {
      const { status } = await import('../commands/status.ts');
      const flags = { json: false, full: false, watch: false };
      setExitCode(await status(job_id, { ...flags, ...options, ...serverOf(command) }));
    });
}

function addResults(program: Command, setExitCode: SetExitCode): void {
  program
    .command('results')
    .description('print the results of a job, as they stand')
    .argument('<job-id>')
    .option('--previous', 'of the run before the last one')
    .addOption(formatOption())
    .addOption(stateDirOption())
    .addOption(serverOption())
    .addOption(tokenOption())
    .addHelpText('after', '\nExamples:\n  $ imgjob results spring-audit | jq .errors')
    .action(async (job_id: string, options, command: Command) => {
      const { results } = await import('../commands/results.ts');
      setExitCode(await results(job_id, { previous: false, ...options, ...serverOf(command) }));
    });
}

/** A state folder that the command line names wins over a server that a variable does. */
function serverOf(command: Command): { server?: undefined } {
  const isNamed = command.getOptionValueSource('stateDir') === 'cli';
  return isNamed && command.getOptionValueSource('server') === 'env' ? { server: undefined } : {};
}

function addRemove(program: Command, setExitCode: SetExitCode): void {
  program
    .command('rm')
    .description('remove jobs from the state folder')
    .argument('<job-id...>')
    .addOption(stateDirOption())
    .addHelpText('after', '\nExamples:\n  $ imgjob rm spring-audit autumn-audit')
    .action(async (job_ids: string[], options) => {
      const { remove } = await import('../commands/rm.ts');
      setExitCode(await remove(job_ids, options));
    });
}

function addPrune(program: Command, setExitCode: SetExitCode): void {
  program
    .command('prune')
    .description('remove jobs that finished long ago; interrupted ones stay')
    .requiredOption('--older-than <age>', '30d, 2w, 12h', parseAge)
    .option('--dry-run', 'only print which')
    .addOption(stateDirOption())
    .addHelpText('after', '\nExamples:\n  $ imgjob prune --older-than 30d --dry-run')
    .action(async (options) => {
      const { prune } = await import('../commands/prune.ts');
      setExitCode(await prune({ dryRun: false, ...options }));
    });
}
