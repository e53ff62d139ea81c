import type { Command } from 'commander';
import { parseShare } from './parse-option.ts';
import { reportPicturesOption, type SetExitCode, stateDirOption } from './shared-options.ts';

/** The commands that read results: of a job that is kept, or in a file. */

export function addResultsReaders(program: Command, setExitCode: SetExitCode): void {
  addReport(program, setExitCode);
  addDiff(program, setExitCode);
  addExplain(program, setExitCode);
}

function addReport(program: Command, setExitCode: SetExitCode): void {
  program
    .command('report')
    .description('write results as a page for people, in one HTML file')
    .argument('<job-id|results>', 'a job, or a results file, JSON or NDJSON (- is standard input)')
    .option('-o, --output <path>', 'HTML file, - for standard output, or DIR/ for ID.report.html')
    .addOption(reportPicturesOption())
    .option(
      '--save <folder>',
      'the folder of those pictures; imgjob knows it for a job that is kept',
    )
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      `
The page needs nothing but itself: it can be sent, kept and opened anywhere.
Without -o it goes to standard output, or on a terminal to ID.report.html.
With --report-pictures it needs the folder of --save, at the same place beside it.

Examples:
  $ imgjob report spring-audit
  $ imgjob report results.json -o report.html
  $ imgjob report spring-audit -o report.html --report-pictures
  $ imgjob results --previous spring-audit | imgjob report - > before.html`,
    )
    .action(async (name: string, options) => {
      const { report } = await import('../commands/report.ts');
      setExitCode(await report(name, options));
    });
}

function addDiff(program: Command, setExitCode: SetExitCode): void {
  program
    .command('diff')
    .description('say what changed from one run to another, image by image')
    .argument('<old>', 'a results file, JSON or NDJSON (- is standard input), or a job id')
    .argument('<new>', 'the same, of the later run')
    .option('--json', 'as one JSON document, with a line for each image')
    .option(
      '--slower <p%>',
      'also find downloads that took that much longer, and at least 100 ms',
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

function addExplain(program: Command, setExitCode: SetExitCode): void {
  program
    .command('explain')
    .description('say what happened to a job, a store or an image, why, and what would change it')
    .argument('<job-id|results>', 'a job that is kept, or a results file; - is standard input')
    .argument('[store-id|url]', 'as the manifest has it, or as it is shown')
    .option('--all', 'every failed image, not only the first of each cause')
    .option('--json', 'as one JSON document, with a line for each image')
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      `
Without a store or URL: each cause of failure, with its first image. Every
attempt is told, where the URL stands in the manifest, a curl command that
repeats the request, and the options that may give another outcome.
A results file is enough; more is known where its job is still kept.

Examples:
  $ imgjob explain spring-audit
  $ imgjob explain spring-audit S0031
  $ imgjob explain spring-audit.results.json https://cdn.example/a/3.jpg
  $ imgjob explain --all --json spring-audit | jq -r '.images[].changes[].what'`,
    )
    .action(async (name: string, target: string | undefined, options) => {
      const { explain } = await import('../commands/explain.ts');
      setExitCode(await explain(name, target, { json: false, all: false, ...options }));
    });
}
