import type { Command } from 'commander';
import { addAccessOptions, readAccessOptions } from './access-options.ts';
import { addJobOverrides, jobOption, readJobOptions } from './job-options.ts';
import { addRedisOptions, type SetExitCode } from './shared-options.ts';
import { addWorkOptions, readWorkOptions } from './work-options.ts';

/** The commands of a fleet: what does the work, and what says who does. */
export function addFleet(program: Command, setExitCode: SetExitCode): void {
  addWorker(program, setExitCode);
  addWorkers(program, setExitCode);
}

function addWorker(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('worker')
    .description('work on the stores of jobs that others run with --redis')
    .addOption(jobOption('concurrency'));
  addRedisOptions(command);
  addJobOverrides(command, ['concurrency', 'sleep_ms']);
  addWorkOptions(command);
  // These are of a job: they bound nothing.
  addAccessOptions(command, ['header', 'userAgent', 'insecure']);
  command
    .option('-q, --quiet', 'print only warnings')
    .addHelpText(
      'after',
      `
Takes stores from the queue of its work until it is stopped. After the first
signal it finishes the images at hand and hands their stores back; a second one
quits. Options of jobs are the most that this machine allows.

Examples:
  $ imgjob worker --redis redis://queue.example:6379
  $ imgjob worker --redis @redis.txt -c 8 --work ./dominant-color.mjs
  $ imgjob run --redis @redis.txt --work dominant-color manifest.json`,
    )
    .action(async (options) => {
      const { worker } = await import('../commands/worker.ts');
      const { given } = readAccessOptions(command);
      const { concurrency: _, ...bounds } = readJobOptions(command);
      const own = { ...bounds, ...readWorkOptions(command), ...given };
      setExitCode(await worker(own, { quiet: false, ...options }));
    });
}

function addWorkers(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('workers')
    .description('list the workers of a fleet')
    .option('--json', 'as JSON');
  addRedisOptions(command);
  command
    .addHelpText('after', '\nExamples:\n  $ imgjob workers --redis redis://queue.example:6379')
    .action(async (options) => {
      const { workers } = await import('../commands/workers.ts');
      setExitCode(await workers({ json: false, ...options }));
    });
}
