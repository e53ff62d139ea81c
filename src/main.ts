import { EXIT, ImgjobError, messageOf } from './errors.ts';
import { messageLines } from './terminal/message-lines.ts';
import { setProgramCall } from './terminal/program-name.ts';
import { logLine, showText } from './terminal/prose.ts';
import { columnsOf } from './terminal/style.ts';

/** So long what is left may take once a command is done. */
const LEFT_MS = 2000;

// Nothing of a run may be lost because somebody closed a pipe: writers learn of it by themselves.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.once('uncaughtException', (error) => {
  process.exit(report(error));
});

/** Runs the command line. The only catch-all, and the only place that sets the exit code. */
async function main(argv: string[]): Promise<number> {
  try {
    const { runCommandLine } = await import('./cli/program.ts');
    return await runCommandLine(argv);
  } catch (error) {
    return report(error);
  }
}

/** Prints an error for people and answers its exit code; its stack only with `--debug`. */
function report(error: unknown): number {
  if (error instanceof AggregateError) {
    const [first = EXIT.internal] = error.errors.map(report);
    return first;
  }
  const lines = [`imgjob: ${showText(messageOf(error))}`];
  if (error instanceof ImgjobError && error.hint) lines.push(`  ${showText(error.hint)}`);
  const shown = lines.flatMap((line) => messageLines(line, columnsOf(process.stderr)));
  if (process.argv.includes('--debug') && error instanceof Error) shown.push(stackOf(error));
  process.stderr.write(`${shown.map(logLine).join('\n')}\n`);
  return error instanceof ImgjobError ? error.exitCode : EXIT.internal;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

setProgramCall({ script: process.argv[1] ?? '', cwd: process.cwd(), env: process.env });

// A process that has nothing left to wait for before it is done has not done its part.
process.exitCode = EXIT.internal;
void main(process.argv).then((code) => {
  process.exitCode = code;
  // All is written by now: what still hangs, such as a thread that can't be ended, has had its time.
  setTimeout(() => process.exit(), LEFT_MS).unref();
});
