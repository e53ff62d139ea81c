import type { Command } from 'commander';
import { type SetExitCode, stateDirOption } from './shared-options.ts';

/** The command that makes a page of results. */
export function addReport(program: Command, setExitCode: SetExitCode): void {
  program
    .command('report')
    .description('results as a page for people, in one HTML file')
    .argument('<job-id|results>', 'a job, or a results file, JSON or NDJSON (- is standard input)')
    .option('-o, --output <path>', 'HTML file, or - for standard output')
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      `
The page needs nothing but itself: it can be sent, kept and opened anywhere.
Without -o it goes to standard output, or on a terminal to ID.report.html.

Examples:
  $ imgjob report spring-audit
  $ imgjob report results.json -o report.html
  $ imgjob results --previous spring-audit | imgjob report - > before.html`,
    )
    .action(async (name: string, options) => {
      const { report } = await import('../commands/report.ts');
      setExitCode(await report(name, options));
    });
}
