import { homedir } from 'node:os';

/**
 * Puts the home folder in the place of `~/` where a shell does not: after `=`
 * (`--state-dir=~/jobs`), and in our variables, which files of services and CI
 * systems set as they are.
 */
export function expandHome(argv: string[], env: NodeJS.ProcessEnv): string[] {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('IMGJOB_') && value !== undefined) env[name] = expanded(value);
  }
  return argv.map((word) => {
    const [, option, value] = /^(--[a-z-]+=)(~\/.*)$/s.exec(word) ?? [];
    return option === undefined || value === undefined ? word : option + expanded(value);
  });
}

/** A path with the home folder in the place of `~/`. */
export function expanded(value: string): string {
  return value.startsWith('~/') ? homedir() + value.slice(1) : value;
}
