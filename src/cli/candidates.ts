import type { Argument, Command, Option } from 'commander';
import { TOPICS } from '../help/topics.ts';
import { expanded } from './home-folder.ts';

/** A word that may stand where the cursor is, and what it means. */
type Candidate = [value: string, description: string];

export type Candidates = {
  values: Candidate[];
  /** Whether the ids of kept jobs fit too. */
  jobs: boolean;
  /** What else fits, which a shell knows by itself. */
  rest: 'files' | 'folders' | 'none';
  /** The state folder that the words name. */
  stateDir?: string;
};

const NONE: Candidates = { values: [], jobs: false, rest: 'none' };

/** What values of options and arguments are, by what the help calls them. */
const FILES = new Set(['file', 'manifest', 'module', 'new', 'old', 'path', 'results']);
const FOLDERS = new Set(['folder']);
const JOBS = new Set(['job-id', 'new', 'old']);

/** What may stand in the place of the last of these words, by all that the program has. */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const at = before.findIndex((word) => !word.startsWith('-'));
  if (at === -1) return { ...NONE, values: ofProgram(program, current) };
  const command = program.commands.find((one) => one.name() === before[at]);
  if (!command) return NONE;
  if (command.name() === 'help') return { ...NONE, values: [...pages(), ...commandsOf(program)] };
  const given = readWords(command, before.slice(at + 1));
  const stateDir = given.stateDir === undefined ? {} : { stateDir: given.stateDir };
  return { ...ofCommand(command, given, current), ...stateDir };
}

function ofProgram(program: Command, current: string): Candidate[] {
  return current.startsWith('-') ? optionsOf(program, current) : commandsOf(program);
}

function commandsOf(program: Command): Candidate[] {
  const commands = program.createHelp().visibleCommands(program);
  return commands.map((command) => [command.name(), command.description()]);
}

function pages(): Candidate[] {
  return Object.entries(TOPICS);
}

/** In one spelling each: the short one only where it was begun. */
function optionsOf(command: Command, current: string): Candidate[] {
  const isShort = /^-[^-]/.test(current);
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ short, long, description }): Candidate[] => {
      const name = isShort ? short : (long ?? short);
      return name ? [[name, description]] : [];
    });
}

type Given = {
  /** How many arguments there are. */
  operands: number;
  /** The option that waits for its value; null where none does. */
  open: Option | null;
  /** Whether `--` ended the options. */
  isOver: boolean;
  stateDir: string | undefined;
};

function readWords(command: Command, words: readonly string[]): Given {
  const given: Given = { operands: 0, open: null, isOver: false, stateDir: undefined };
  for (const word of words) {
    const [name = word] = word.split('=', 1);
    if (given.open) {
      if (given.open.long === '--state-dir') given.stateDir = expanded(word);
      given.open = null;
    } else if (given.isOver || word === '-' || !word.startsWith('-')) given.operands += 1;
    else if (word === '--') given.isOver = true;
    else if (word.startsWith('--state-dir=')) given.stateDir = word.slice(name.length + 1);
    else if (name === word) given.open = takesValue(optionOf(command, name));
  }
  return given;
}

function optionOf(command: Command, name: string): Option | undefined {
  return command.options.find(({ short, long }) => name === long || name === short);
}

function takesValue(option: Option | undefined): Option | null {
  return option?.required ? option : null;
}

function ofCommand(
  command: Command,
  { open, operands, isOver }: Given,
  current: string,
): Candidates {
  if (open) return ofValue(open, '');
  if (!isOver && current.startsWith('-')) {
    const [name = '', value] = current.split('=', 2);
    if (value === undefined) return { ...NONE, values: optionsOf(command, current) };
    const option = optionOf(command, name);
    return option ? ofValue(option, `${name}=`) : NONE;
  }
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[operands] ?? (last?.variadic ? last : undefined);
  return argument ? ofArgument(argument) : NONE;
}

function ofValue({ argChoices, flags }: Option, before: string): Candidates {
  if (argChoices) return { ...NONE, values: argChoices.map((choice) => [before + choice, '']) };
  const [, name = ''] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? [];
  return ofKind(name);
}

function ofArgument(argument: Argument): Candidates {
  const { argChoices } = argument;
  if (argChoices) return { ...NONE, values: argChoices.map((choice) => [choice, '']) };
  return ofKind(argument.name());
}

function ofKind(name: string): Candidates {
  const kinds = name.split('|');
  const rest = kinds.some((kind) => FILES.has(kind)) ? 'files' : 'none';
  return {
    values: [],
    jobs: kinds.some((kind) => JOBS.has(kind)),
    rest: kinds.some((kind) => FOLDERS.has(kind)) ? 'folders' : rest,
  };
}
