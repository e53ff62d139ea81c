import { Command, CommanderError, Option } from 'commander';
import { EXIT } from './errors.ts';
import { DEFAULTS, parseCount, parseDuration, parseSize, parseSleep } from './options.ts';
import { readVersion } from './version.ts';

const RUN_EXAMPLES = `
Examples:
  $ imgjob run manifest.json                  results in manifest.results.json
  $ imgjob run manifest.json | jq .summary    results on standard output
  $ imgjob run -o out.json -c 200 m.json      200 stores at once, results in out.json
  $ imgjob run -o results/ a.json b.json      two jobs at once, a file for each
  $ make-manifest | imgjob run - > out.json   a manifest from standard input

Durations: 400ms, 0.4s, 2m. Sizes: 50000, 50MB, 50MiB.
Each option that shows a variable (IMGJOB_…) can be set by it; the command line wins.
Exit codes: 0 all completed, 1 a store failed, 2 wrong usage or manifest,
3 imgjob could not do its part, 130/143/129 stopped by a signal.`;

/** Runs one command line and answers its exit code. Wrong usage is printed and answers 2. */
export async function runCommandLine(argv: string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  dropEmptyVariables(process.env);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return exitCode;
}

function createProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('imgjob')
    .description('Work through stores and their image URLs, and write down every result.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .option('--debug', 'show where an error came from')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(imgjob --help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  $ imgjob demo                          see it work, without a network
  $ imgjob run manifest.json             run a job
  $ imgjob run manifest.json | jq .      its results to another program
  $ imgjob validate manifest.json        check a manifest, fetch nothing
  $ imgjob run --help                    all options of a run`,
    );
  addRun(program, setExitCode);
  addDemo(program, setExitCode);
  addValidate(program, setExitCode);
  return program;
}

function addRun(program: Command, setExitCode: (code: number) => void): void {
  const run = program
    .command('run')
    .description('run the jobs of one or more manifests')
    .argument('<manifest...>', 'JSON or NDJSON files; - is standard input')
    .option('-o, --output <path>', 'results file, - for standard output, or DIR/ for several jobs')
    .addOption(
      option(
        '-c, --concurrency <n>',
        'stores at once',
        'CONCURRENCY',
        parseCount(1, 10_000),
        DEFAULTS.concurrency,
      ),
    )
    .addOption(
      option(
        '--sleep <duration>',
        'the work of each image',
        'SLEEP',
        parseSleep,
        DEFAULTS.sleep_ms,
        '400ms',
      ),
    )
    .addOption(
      option(
        '--timeout <duration>',
        'for one attempt at an image',
        'TIMEOUT',
        parseDuration,
        DEFAULTS.timeout_ms,
        '60s',
      ),
    );
  run
    .addOption(
      new Option('--connect-timeout <duration>', 'for a connection')
        .argParser(parseDuration)
        .default(DEFAULTS.connect_timeout_ms, '10s'),
    )
    .addOption(
      new Option('--max-bytes <size>', 'largest image')
        .argParser(parseSize)
        .default(DEFAULTS.max_bytes, '50MB'),
    )
    .option(
      '--max-redirects <n>',
      'redirects to follow',
      parseCount(0, 100),
      DEFAULTS.max_redirects,
    )
    .option('--job-id <id>', "in place of the manifest's own id")
    .addOption(manifestFormatOption())
    .addOption(
      new Option('--format <format>', 'of the results').choices(['json', 'ndjson']).default('json'),
    )
    .addOption(progressOption())
    .showHelpAfterError('(imgjob run --help shows all options)')
    .addHelpText('after', RUN_EXAMPLES)
    .action(async (manifests: string[], options) => {
      const { run: runManifests } = await import('./commands/run.ts');
      setExitCode(await runManifests(manifests, options));
    });
}

function addDemo(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('demo')
    .description('run a small job against a server of its own, without a network')
    .addOption(progressOption())
    .addHelpText(
      'after',
      `
Serves a few images from this package on 127.0.0.1, runs a dozen stores, of
which one fails, and writes demo.results.json. Exit code 0 when it went so.

Examples:
  $ imgjob demo
  $ imgjob demo --progress lines`,
    )
    .action(async (options) => {
      const { demo } = await import('./commands/demo.ts');
      setExitCode(await demo(options));
    });
}

function addValidate(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('validate')
    .description('check manifests, their URLs too; nothing is fetched')
    .argument('<manifest...>', 'JSON or NDJSON files; - is standard input')
    .addOption(manifestFormatOption())
    .addHelpText(
      'after',
      `
Prints every problem with its file, line and column; exit code 0 or 2.

Examples:
  $ imgjob validate manifest.json
  $ make-manifest | imgjob validate -`,
    )
    .action(async (manifests: string[], options) => {
      const { validate } = await import('./commands/validate.ts');
      setExitCode(await validate(manifests, options));
    });
}

function manifestFormatOption(): Option {
  return new Option('--manifest-format <format>', 'of the manifests')
    .choices(['auto', 'json', 'ndjson'])
    .default('auto');
}

function progressOption(): Option {
  return new Option(
    '--progress <kind>',
    'on standard error; auto is bars on a terminal, else lines',
  )
    .choices(['auto', 'bars', 'lines', 'json', 'none'])
    .default('auto')
    .env('IMGJOB_PROGRESS');
}

function option<T>(
  flags: string,
  description: string,
  variable: string,
  parse: (text: string) => T,
  value: T,
  shown?: string,
): Option {
  return new Option(flags, description)
    .env(`IMGJOB_${variable}`)
    .argParser(parse)
    .default(value, shown);
}

/** An empty variable is an unset one; commander would take it for a value. */
function dropEmptyVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (name.startsWith('IMGJOB_') && env[name] === '') delete env[name];
  }
}
