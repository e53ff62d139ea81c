import type { Command } from 'commander';
import { addJobOverrides, addPolicies, readJobOptions } from './job-options.ts';
import {
  formatOption,
  manifestFormatOption,
  progressOption,
  type SetExitCode,
  serverOption,
  tokenOption,
} from './shared-options.ts';

/** The commands that only a server can do. */
export function addClient(program: Command, setExitCode: SetExitCode): void {
  addSubmit(program, setExitCode);
  addCancel(program, setExitCode);
}

function addSubmit(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('submit')
    .description('send jobs to a server (imgjob serve) and print their ids')
    .argument('<manifest...>', 'JSON or NDJSON files; - is standard input')
    .addOption(serverOption().makeOptionMandatory())
    .addOption(tokenOption())
    .option('--wait', 'wait until they have ended, with the output of imgjob run')
    .option('-o, --output <path>', 'results file, - for standard output, or DIR/ (with --wait)')
    .option('--job-id <id>', "in place of the manifest's own id")
    .addOption(manifestFormatOption())
    .addOption(formatOption())
    .addOption(progressOption());
  addJobOverrides(command);
  addPolicies(command);
  command
    .addHelpText(
      'after',
      `
Options of the job that you leave out are those of the server.

Examples:
  $ imgjob submit --server http://127.0.0.1:3000 manifest.json
  $ imgjob submit --server http://127.0.0.1:3000 --wait -o out.json manifest.json`,
    )
    .action(async (manifests: string[], options) => {
      const { submit } = await import('../commands/submit.ts');
      setExitCode(await submit(manifests, readJobOptions(command), { wait: false, ...options }));
    });
}

function addCancel(program: Command, setExitCode: SetExitCode): void {
  program
    .command('cancel')
    .description('stop jobs of a server; what has finished is kept')
    .argument('<job-id...>')
    .addOption(serverOption().makeOptionMandatory())
    .addOption(tokenOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ imgjob cancel --server http://127.0.0.1:3000 spring-audit',
    )
    .action(async (job_ids: string[], options) => {
      const { cancel } = await import('../commands/cancel.ts');
      setExitCode(await cancel(job_ids, options));
    });
}
