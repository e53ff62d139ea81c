import type { Command } from 'commander';
import { parseShare } from '../options.ts';
import { type SetExitCode, stateDirOption } from './shared-options.ts';

/** The command that compares two runs. */
export function addDiff(program: Command, setExitCode: SetExitCode): void {
  program
    .command('diff')
    .description('what changed from one run to another, image by image')
    .argument('<old>', 'a results file, JSON or NDJSON (- is standard input), or a job id')
    .argument('<new>', 'the same, of the later run')
    .option('--json', 'as one JSON document, with a line for each image')
    .option(
      '--slower <p%>',
      'also downloads that took longer by more than that, and by 100 ms at least',
      parseShare,
    )
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      `
Images match by store id and URL, so the manifest may have changed in between.
An image has changed when its width, height or format is another. Exit code 1
when something got worse (an image is newly failing, no longer worked on, or
slower where that is asked for), else 0.

Examples:
  $ imgjob diff monday.json tuesday.json
  $ imgjob diff --slower 20% monday.json spring-audit
  $ imgjob diff <(imgjob results --previous spring-audit) spring-audit
  $ imgjob diff --json monday.json tuesday.json | jq -r '.newly_failing[].url'`,
    )
    .action(async (before: string, after: string, options) => {
      const { diff } = await import('../commands/diff.ts');
      setExitCode(await diff(before, after, { json: false, ...options }));
    });
}
