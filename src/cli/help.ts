import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import type { SetExitCode } from './shared-options.ts';

/** In the place of commander's own `help [command]`: it has pages to read as well. */
export function addHelp(program: Command, setExitCode: SetExitCode): void {
  program
    .command('help')
    .argument('[topic]', 'a page to read, or a command')
    .description('read about results, recipes, CI, errors and more')
    .addHelpText(
      'after',
      `
Without a topic it lists them all.

Examples:
  $ imgjob help
  $ imgjob help recipes
  $ imgjob help errors | less
  $ imgjob help run`,
    )
    .action(async (name: string | undefined) => {
      const { help } = await import('../commands/help.ts');
      const commands = program.commands.map((command) => command.name());
      const exitCode = await help(name, commands);
      if (exitCode === null) program.commands.find((one) => one.name() === name)?.outputHelp();
      setExitCode(exitCode ?? EXIT.ok);
    });
}
