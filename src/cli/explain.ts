import type { Command } from 'commander';
import { type SetExitCode, stateDirOption } from './shared-options.ts';

/** The command that says why something failed, and what would change it. */
export function addExplain(program: Command, setExitCode: SetExitCode): void {
  program
    .command('explain')
    .description('what happened to a job, a store or an image, why, and what would change it')
    .argument('<job-id|results>', 'a job that is kept, or a results file; - is standard input')
    .argument('[store-id|url]', 'as the manifest has it, or as it is shown')
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      `
Without a store or URL: each cause of failure, with its first image. Every
attempt is told, where the URL stands in the manifest, a curl command that
repeats the request, and the options that may give another outcome.
A results file is enough; more is known where its job is still kept.

Examples:
  $ imgjob explain spring-audit
  $ imgjob explain spring-audit S0031
  $ imgjob explain spring-audit.results.json https://cdn.example/a/3.jpg`,
    )
    .action(async (name: string, target: string | undefined, options) => {
      const { explain } = await import('../commands/explain.ts');
      setExitCode(await explain(name, target, options));
    });
}
