import { Command, CommanderError } from 'commander';
import { EXIT } from '../errors.ts';
import { VERSION } from '../version.ts';
import { addClient } from './client.ts';
import { addCompletion } from './completion.ts';
import { addFleet } from './fleet.ts';
import { addHelp } from './help.ts';
import { layOutHelp } from './help-layout.ts';
import { expandHome } from './home-folder.ts';
import { addKeptJobs } from './kept-jobs.ts';
import { addPlan } from './plan.ts';
import { addResultsReaders } from './results-readers.ts';
import { addResume, addRun } from './run.ts';
import { addSchema } from './schema.ts';
import { addServe } from './serve.ts';
import { manifestFormatOption, progressOption, type SetExitCode } from './shared-options.ts';
import { usageError } from './usage-error.ts';

/** Runs one command line and answers its exit code. Throws `usage` for what is wrong with it. */
export async function runCommandLine(argv: string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(argv[2], (code) => {
    exitCode = code;
  });
  let failed = program;
  const setFailed = (command: Command) => {
    failed = command;
  };
  for (const command of [program, ...program.commands]) {
    // What is wrong is told where all errors are.
    command.configureOutput({ outputError: () => setFailed(command) });
  }
  dropEmptyVariables(process.env);
  try {
    const words = expandHome(argv, process.env);
    // There words are completed, and not acted on.
    const isAsked = argv[2] === 'completion';
    await program.parseAsync(isAsked ? words : words.map(withValue));
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    // Without a command all of it is shown: that says enough.
    if (error.code === 'commander.help') return EXIT.usage;
    throw usageError(error, failed);
  }
  return exitCode;
}

/** `--reuse` alone would take the operand behind it for its value. */
function withValue(word: string): string {
  return word === '--reuse' ? '--reuse=url' : word;
}

/** What defines each command, in the order of `--help`. */
const COMMANDS: Record<string, (program: Command, setExitCode: SetExitCode) => void> = {
  run: addRun,
  resume: addResume,
  status: addKeptJobs,
  results: addKeptJobs,
  rm: addKeptJobs,
  prune: addKeptJobs,
  serve: addServe,
  worker: addFleet,
  workers: addFleet,
  submit: addClient,
  cancel: addClient,
  demo: addDemo,
  validate: addValidate,
  plan: addPlan,
  report: addResultsReaders,
  diff: addResultsReaders,
  explain: addResultsReaders,
  schema: addSchema,
  completion: addCompletionOfAll,
};

function addCompletionOfAll(program: Command, setExitCode: SetExitCode): void {
  addCompletion(program, setExitCode, () => createProgram(undefined, setExitCode));
}

/** With all commands, or those alone that the first word asks for: defining them all takes some milliseconds. */
export function createProgram(first: string | undefined, setExitCode: SetExitCode): Command {
  const program = new Command('imgjob')
    .description('Work through stores and their image URLs, and write down every result.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .option('--debug', 'show where an error came from')
    .exitOverride()
    .showSuggestionAfterError(false)
    .addHelpText(
      'after',
      `
Examples:
  $ imgjob demo                          see it work, no network needed
  $ imgjob run manifest.json             run a job
  $ imgjob run manifest.json | jq .      give its results to another program
  $ imgjob resume spring-audit           go on with a job that was interrupted
  $ imgjob serve                         take jobs over HTTP
  $ imgjob worker --redis @redis.txt     work on the stores of jobs that others run
  $ imgjob status                        list all jobs and how they stand
  $ imgjob explain spring-audit          what failed, why, and what would change it
  $ imgjob diff old.json new.json        what got worse from one run to another
  $ imgjob validate manifest.json        check a manifest, fetch nothing
  $ imgjob plan manifest.json            what it holds, and the shortest time it can take
  $ imgjob run --help                    all options of a run
  $ imgjob help recipes                  read about a topic; imgjob help lists them all`,
    );
  layOutHelp(program);
  const asked = first !== undefined && Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  const all = new Set(Object.values(COMMANDS));
  for (const add of asked ? [asked] : all) add(program, setExitCode);
  if (!asked) addHelp(program, setExitCode);
  return program;
}

function addDemo(program: Command, setExitCode: SetExitCode): void {
  program
    .command('demo')
    .description('run a small job against a server of its own, without a network')
    .addOption(progressOption())
    .addHelpText(
      'after',
      `
Serves a few images from this package on 127.0.0.1, runs a dozen stores, of
which one fails, and writes demo.results.json. Exit code 0 if all goes so.

Examples:
  $ imgjob demo
  $ imgjob demo --progress lines`,
    )
    .action(async (options) => {
      const { demo } = await import('../commands/demo.ts');
      setExitCode(await demo(options));
    });
}

function addValidate(program: Command, setExitCode: SetExitCode): void {
  program
    .command('validate')
    .description('check manifests, their URLs too; nothing is fetched')
    .argument('<manifest...>', 'JSON, NDJSON, CSV, TSV or lists of URLs; - is standard input')
    .addOption(manifestFormatOption())
    .option('--json', 'as one JSON document')
    .addHelpText(
      'after',
      `
Prints every problem with its file, line and column. Exit code 0 or 2.

Examples:
  $ imgjob validate manifest.json
  $ make-manifest | imgjob validate -
  $ imgjob validate --json manifest.json | jq -r '.problems[].message'`,
    )
    .action(async (manifests: string[], options) => {
      const { validate } = await import('../commands/validate.ts');
      setExitCode(await validate(manifests, { json: false, ...options }));
    });
}

/** An empty variable is an unset one; commander would take it for a value. */
function dropEmptyVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    const isRead = name.startsWith('IMGJOB_') || name === 'PORT';
    if (isRead && env[name] === '') delete env[name];
  }
}
