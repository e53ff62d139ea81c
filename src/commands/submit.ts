import { stepsWithFile } from '../batch/next-steps.ts';
import { openOutputs } from '../batch/outputs.ts';
import { type CaughtSignal, catchSignals, exitCodeOf, exitNow } from '../batch/signals.ts';
import { createRemoteRun } from '../client/job-run.ts';
import { sendManifest } from '../client/send-manifest.ts';
import { createServerClient, type ServerClient } from '../client/server-client.ts';
import { resultsTexts } from '../client/server-results.ts';
import { readToken } from '../client/token.ts';
import { EXIT, ImgjobError } from '../errors.ts';
import type { Output } from '../files/output.ts';
import { print } from '../files/print.ts';
import type { ManifestFormat } from '../manifest/format.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { printProblems, readManifests } from '../manifest/read-all.ts';
import { isWithinBudget } from '../options/failure-budget.ts';
import type { JobOptions } from '../options/job-options.ts';
import { chooseProgress, type ProgressKind } from '../progress/choose-progress.ts';
import { summaryLines } from '../reports/summary.ts';
import type { Reducer } from '../results/reducer.ts';
import type { ResultsFormat } from '../results/results-text.ts';
import { slowestStore } from '../results/slowest-store.ts';
import { createLog } from '../terminal/log.ts';
import { logLine } from '../terminal/prose.ts';
import { columnsOf, detectStyle } from '../terminal/style.ts';

export type SubmitOptions = {
  server: string;
  token?: string;
  jobId?: string;
  manifestFormat: ManifestFormat;
  /** Whether the jobs are waited for, with their results. */
  wait: boolean;
  output?: string;
  format: ResultsFormat;
  progress: ProgressKind;
};

/**
 * `imgjob submit <manifest...>`: hands jobs to a server and prints their ids,
 * or waits for them as `imgjob run` would. Answers the exit code.
 */
export async function submit(
  paths: string[],
  options: Partial<JobOptions>,
  given: SubmitOptions,
): Promise<number> {
  const { server, token, jobId, manifestFormat } = given;
  if (jobId !== undefined && paths.length > 1) {
    throw new ImgjobError('usage', '--job-id names one job, but there are several manifests');
  }
  if (!given.wait && given.output !== undefined) {
    throw new ImgjobError('usage', '-o needs --wait, which waits for the results');
  }
  const client = createServerClient({ url: server, token: await readToken(token) });
  const reading = { format: manifestFormat, job_id: null, stdin: () => process.stdin };
  const { inputs, warnings, problems } = await readManifests(paths, reading);
  const log = createLog({ progress: given.progress, quiet: false });
  try {
    if (problems.length > 0) {
      printProblems(problems);
      return EXIT.usage;
    }
    for (const warning of warnings) log(`warning: ${warning}`);
    const sent: Sent[] = [];
    for (const input of inputs) {
      const how = { job_id: jobId ?? null, options };
      const { manifest } = await sendManifest(client, input, how);
      sent.push({ manifest, path: input.path });
      if (!given.wait) await print(`${manifest.job_id}\n`);
    }
    return given.wait ? await waitFor(sent, client, { ...given, options }) : EXIT.ok;
  } finally {
    for (const { manifest } of inputs) await manifest.close();
  }
}

type Sent = { manifest: Manifest; path: string };
type Waiting = SubmitOptions & { options: Partial<JobOptions> };

/** Shows how the jobs go on, and writes their results when they are at rest. */
async function waitFor(sent: Sent[], client: ServerClient, given: Waiting): Promise<number> {
  const stop = new AbortController();
  let stoppedBy: CaughtSignal | null = null;
  const repeatPassed = catchSignals({
    onFirst(signal) {
      stoppedBy = signal;
      stop.abort();
    },
    onSecond: (signal) => void exitNow(signal),
    ignoresHangup: false,
  });
  const log = createLog({ progress: given.progress, quiet: false });
  const onWait = (path: string) => log(`waiting for a reader of ${path}`);
  const { output, format } = given;
  const waiting = { signal: stop.signal, onWait };
  // What works on the images is the server's.
  const inputs = sent.map((one) => ({ ...one, options: { work: null } }));
  const outputs = await openOutputs(inputs, { output, format, waiting });
  try {
    return await followAll(sent, { client, outputs, given, signal: stop.signal });
  } catch (error) {
    if (!stoppedBy) throw error;
    const ids = sent.map(({ manifest }) => manifest.job_id).join(' ');
    log(`no longer waiting: the server goes on with ${ids}`);
    return exitCodeOf(stoppedBy);
  } finally {
    for (const output of outputs) output.discard();
    await repeatPassed();
  }
}

type Following = {
  client: ServerClient;
  outputs: Output[];
  given: Waiting;
  signal: AbortSignal;
};

async function followAll(sent: Sent[], following: Following): Promise<number> {
  const { client, outputs, given, signal } = following;
  const run = createRemoteRun(client);
  const style = detectStyle(process.stderr, process.env);
  const view = { stream: process.stderr, run, elapsed: () => performance.now(), env: process.env };
  const progress = await chooseProgress(given.progress, view, style);
  let reducers: Reducer[];
  try {
    reducers = await Promise.all(
      sent.map(({ manifest }) => run.follow(manifest, progress, signal)),
    );
  } finally {
    progress.stop();
  }
  const columns = columnsOf(process.stderr);
  const codes: number[] = [];
  for (const [index, reducer] of reducers.entries()) {
    const { manifest } = sent[index] ?? {};
    const output = outputs[index];
    if (!manifest || !output) throw new RangeError('each job has an output');
    const asked = { job_id: reducer.job_id, format: given.format, signal };
    await output.write(() => resultsTexts(client, asked));
    const facts: [string, string][] = [['results', output.name]];
    const slowest = await slowestStore({ reducer, manifest });
    const steps = reducer.status() === 'failed' ? await stepsWithFile(output) : [];
    const said = { word: 'interrupted', slowest, facts, steps, columns };
    const lines = summaryLines(reducer, said, style);
    if (given.progress !== 'json') process.stderr.write(`${lines.map(logLine).join('\n')}\n`);
    codes.push(exitCodeFor(reducer, given.options.allow_failures ?? null));
  }
  return Math.max(EXIT.ok, ...codes);
}

/** As of `imgjob run`; one that was stopped by somebody is not done. */
function exitCodeFor(reducer: Reducer, budget: string | null): number {
  const status = reducer.status();
  if (status === 'ongoing') return EXIT.internal;
  if (status === 'completed') return EXIT.ok;
  return isWithinBudget(budget, reducer.summary().stores) ? EXIT.ok : EXIT.failed;
}
