import { Argument, type Command } from 'commander';
import { SHELLS, type Shell } from '../terminal/completion-scripts.ts';
import { candidatesFor } from './candidates.ts';
import type { SetExitCode } from './shared-options.ts';

/** Adds `imgjob completion`. `whole` makes a program with all commands. */
export function addCompletion(
  program: Command,
  setExitCode: SetExitCode,
  whole: () => Command,
): void {
  program
    .command('completion')
    .description('print a script that completes words in your shell')
    .addArgument(new Argument('<shell>', 'to put it into').choices(SHELLS))
    .argument('[word...]', 'behind --: what the script asks to have completed')
    .addHelpText(
      'after',
      `
Completes commands, options, their values, jobs and files. The script is for
a program that is called imgjob: npm i -g imgjob.

Examples:
  $ eval "$(imgjob completion bash)"        in ~/.bashrc
  $ eval "$(imgjob completion zsh)"         in ~/.zshrc
  $ imgjob completion fish | source         in ~/.config/fish/config.fish`,
    )
    .action(async (shell: Shell, words: string[]) => {
      const { completion } = await import('../commands/completion.ts');
      const candidates = words.length > 0 ? candidatesFor(whole(), words) : null;
      setExitCode(await completion(shell, candidates));
    });
}
