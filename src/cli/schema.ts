import { Argument, type Command } from 'commander';
import type { SetExitCode } from './shared-options.ts';

/** The command that prints the contracts. */
export function addSchema(program: Command, setExitCode: SetExitCode): void {
  program
    .command('schema')
    .description('print the JSON Schema of manifests, results, events or lines of NDJSON results')
    .addArgument(
      new Argument('<name>', 'of what').choices(['manifest', 'results', 'event', 'results-line']),
    )
    .addHelpText(
      'after',
      `
The same schemas are files of the package. An editor completes a manifest that
names one: "$schema": "./node_modules/imgjob/dist/schemas/manifest.json"

Examples:
  $ imgjob schema manifest
  $ imgjob schema results > results.schema.json`,
    )
    .action(async (name) => {
      const { schema } = await import('../commands/schema.ts');
      setExitCode(await schema(name));
    });
}
