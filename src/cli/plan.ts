import type { Command } from 'commander';
import { BOUNDS } from '../options/bounds.ts';
import { jobOption } from './job-options.ts';
import { manifestFormatOption, type SetExitCode } from './shared-options.ts';

const PLAN_EXAMPLES = `
Prints what is in the job (hosts, repeated URLs, the longest store) and the
shortest time it can take, if downloads took no time at all. The longest stores
run first, and the images of one store one after another.

Examples:
  $ imgjob plan manifest.json
  $ imgjob plan -c 200 --sleep 1s manifest.json    as imgjob run would do it
  $ make-manifest | imgjob plan -                  a manifest from standard input`;

/** Adds `imgjob plan`: a manifest and how long it will take, without fetching anything. */
export function addPlan(program: Command, setExitCode: SetExitCode): void {
  program
    .command('plan')
    .description('say what a job is made of and how long it takes; nothing is fetched')
    .argument('<manifest>', 'JSON, NDJSON, CSV, TSV or a list of URLs; - is standard input')
    .addOption(jobOption('concurrency'))
    .addOption(jobOption('sleep_ms'))
    .addOption(manifestFormatOption())
    .option('--json', 'as one JSON document')
    .addHelpText('after', PLAN_EXAMPLES)
    .action(
      async (manifest: string, { concurrency, sleep: sleep_ms, manifestFormat, json = false }) => {
        const { plan } = await import('../commands/plan.ts');
        const max_concurrency = BOUNDS.concurrency.most;
        const job = { concurrency, max_concurrency, sleep_ms };
        setExitCode(await plan(manifest, { ...job, manifestFormat, json }));
      },
    );
}
