import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { Command, CommanderError } from 'commander';
import { ImgjobError } from '../errors.ts';
import { didYouMean, nearNames } from '../terminal/near-names.ts';
import { programName } from '../terminal/program-name.ts';
import { fileWord } from '../terminal/shell-word.ts';

/** Files that are taken for manifests, whether they are there or not. */
const MANIFESTS = new Set(['.json', '.ndjson', '.jsonl', '.csv', '.tsv', '.txt']);
const RESULTS = /\.results\.(?:nd)?json$/;

/** Commands as other tools call them, and how they are called here. */
const OTHER_NAMES = new Map([
  ...['list', 'ls', 'ps', 'jobs', 'info'].map((word) => [word, 'status'] as const),
  ...['delete', 'del', 'remove', 'unlink'].map((word) => [word, 'rm'] as const),
  ...['start', 'exec', 'fetch', 'download'].map((word) => [word, 'run'] as const),
  ...['stop', 'kill', 'abort'].map((word) => [word, 'cancel'] as const),
  ...['continue', 'restart'].map((word) => [word, 'resume'] as const),
  ['retry', 'resume --retry-failed'],
  ...['check', 'lint', 'verify'].map((word) => [word, 'validate'] as const),
  ...['clean', 'gc'].map((word) => [word, 'prune'] as const),
  ...['server', 'daemon'].map((word) => [word, 'serve'] as const),
  ...['why', 'show'].map((word) => [word, 'explain'] as const),
]);

/** Commander's words for it, which are unlike those that it has for options. */
const WRONG_CHOICE = /^command-argument value ('.*') is invalid for argument '([^']+)'/;

/** What commander found wrong with the words of a command, as any other error is told, with what may have been meant. */
export function usageError({ code, message }: CommanderError, command: Command): ImgjobError {
  const sentence = message
    .replace(/^error: /, '')
    .replace(WRONG_CHOICE, 'argument <$2> $1 is invalid');
  const [, flag] = /^unknown option '([^']+)'/.exec(sentence) ?? [];
  const word = command.args[0] ?? '';
  const proposal = code === 'commander.unknownCommand' ? callOn(word) : null;
  const near = flag === undefined ? nearCommands(word, command) : nearOptions(flag, command);
  const meant = code === 'commander.unknownCommand' || flag !== undefined ? didYouMean(near) : null;
  const help = [meant, wayToHelp(command)].filter((part) => part !== null).join(' ');
  return new ImgjobError('usage', sentence, { hint: proposal ?? help });
}

/** The command that takes such a file; null for what is none. */
function callOn(word: string): string | null {
  const call = (name: string) => `${programName()} ${name} ${fileWord(word)}`;
  if (RESULTS.test(word)) return `To have these results explained: ${call('explain')}`;
  const isManifest = word === '-' || MANIFESTS.has(extname(word).toLowerCase()) || isFile(word);
  return isManifest ? `To run it as a manifest: ${call('run')}` : null;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function nearCommands(word: string, program: Command): string[] {
  const known = OTHER_NAMES.get(word.toLowerCase());
  if (known !== undefined) return [known];
  const commands = program.createHelp().visibleCommands(program);
  return nearNames(
    word,
    commands.map((command) => command.name()),
  );
}

function nearOptions(flag: string, command: Command): string[] {
  const options = command.createHelp().visibleOptions(command);
  const [name = flag] = flag.split('=', 1);
  return nearNames(
    name,
    options.flatMap(({ long }) => long ?? []),
  );
}

function wayToHelp(command: Command): string {
  if (!command.parent) return `${programName()} --help shows what there is.`;
  return `${programName()} ${command.name()} --help shows all options.`;
}
