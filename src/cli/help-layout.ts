import { type Command, Help, type Option } from 'commander';
import { fold } from '../terminal/columns.ts';
import { programName } from '../terminal/program-name.ts';
import { foldCommand } from '../terminal/shell-word.ts';
import { columnsOf } from '../terminal/style.ts';

/** With no more options than these a list needs no headings. */
const MANY_OPTIONS = 15;
/** A description has so much room beside its term, or else is not folded by commander. */
const LEAST_ROOM = 24;

/**
 * Headings of the options, and the options under them, in the order of the
 * README. What is not in here, as --help, stands under a heading of its own at the end.
 */
const GROUPS: Record<string, string[]> = {
  'The service:': [
    ...['server', 'token', 'port', 'host', 'max-jobs', 'max-queued', 'keep', 'grace', 'auth'],
    'cors',
  ],
  'What is done, and where results go:': [
    ...['output', 'concurrency', 'sleep', 'prefetch', 'save', 'digest'],
  ],
  'Time limits and further attempts:': [
    ...['timeout', 'dns-timeout', 'connect-timeout', 'stall-timeout', 'retries', 'retry-delay'],
    ...['retry-max-delay', 'max-bytes', 'max-redirects'],
  ],
  'Work of your own:': [
    ...['work', 'work-concurrency', 'work-batch', 'work-batch-wait', 'work-timeout'],
    ...['work-retries', 'work-grace', 'work-output'],
  ],
  'How hosts are asked:': [
    ...['header', 'user-agent', 'cacert', 'insecure', 'deny-private', 'allow-host', 'deny-host'],
    ...['max-per-host', 'rate'],
  ],
  'What a failure stops:': ['fail-fast', 'keep-going', 'allow-failures'],
  'The job, where it is kept and who runs it:': [
    ...['job-id', 'resume', 'retry-failed', 'reuse', 'force', 'state-dir', 'state', 'wait'],
    ...['redis', 'redis-prefix', 'fsync'],
  ],
  'Formats, reports and progress:': [
    ...[
      'manifest-format',
      'format',
      'junit',
      'report',
      'report-pictures',
      'summary',
      'quiet',
      'progress',
    ],
  ],
};

const OTHERS = 'Options:';
const PLACES = new Map<string, { heading: string; place: number }>();
for (const [heading, names] of Object.entries(GROUPS)) {
  for (const name of names) PLACES.set(name, { heading, place: PLACES.size });
}

/** Has help list many options in groups, and show examples as they can be typed. For a program before it has commands. */
export function layOutHelp(program: Command): void {
  const usual = new Help();
  program.configureHelp({
    minWidthToWrap: LEAST_ROOM,
    // Nearly every command has options: it is no news, and takes the room of what it does.
    subcommandTerm: (command) => usual.subcommandTerm(command).replace(' [options]', ''),
    visibleOptions(command) {
      const options = usual.visibleOptions(command);
      if (options.length <= MANY_OPTIONS) return options;
      for (const option of options) option.helpGroup(placeOf(option).heading);
      return options.sort((a, b) => placeOf(a).place - placeOf(b).place);
    },
    // The order of what is shown, not that in which it was defined.
    groupItems: (_defined, shown, groupOf) => usual.groupItems(shown, shown, groupOf),
  });
  program.configureOutput({
    writeOut: (text) => process.stdout.write(foldHelp(asCalled(text), columnsOf(process.stdout))),
    writeErr: (text) => process.stderr.write(foldHelp(asCalled(text), columnsOf(process.stderr))),
    // Off a terminal commander takes 80.
    getOutHelpWidth: () => columnsOf(process.stdout) ?? 80,
    getErrHelpWidth: () => columnsOf(process.stderr) ?? 80,
  });
}

/** A text of help in lines of so many columns: a command can still be copied, and what it does stands below it. */
export function foldHelp(text: string, columns: number | null): string {
  if (columns === null) return text;
  const lines = text.split('\n').flatMap((line) => {
    const [, command, meaning] = EXAMPLE.exec(line) ?? [];
    if (line.length <= columns || command === undefined) return fold(line, columns, indentOf(line));
    const [first = '', ...more] = foldCommand(command, columns - 6);
    return [
      `  $ ${first}`,
      ...more.map((part) => `    ${part}`),
      ...(meaning ? fold(`      ${meaning}`, columns, '      ') : []),
    ];
  });
  return lines.join('\n');
}

/** A command to type, and behind two blanks what it does. */
const EXAMPLE = /^ {2}\$ (.*?)(?: {2,}(.*))?$/;

function indentOf(line: string): string {
  return /^ */.exec(line)?.[0] ?? '';
}

function placeOf(option: Option) {
  // `--no-save` stands by `--save`, and `--no-state` in the place of it.
  const name = option.name().replace(/^no-/, '');
  return PLACES.get(name) ?? { heading: OTHERS, place: PLACES.size };
}

/** A text of help with its commands as this process was called: lines that begin with `$`, and the usage. */
export function asCalled(text: string): string {
  const name = programName();
  return text.replace(/^(?: {2}\$ |Usage: ).*/gm, (line) =>
    line.replace(/(?<=[\s(])imgjob(?= )/g, () => name),
  );
}
