import { onAbort } from '../abort.ts';
import { ignoresHangup } from '../batch/hangup.ts';
import { catchSignals, exitNow } from '../batch/signals.ts';
import { readToken } from '../client/token.ts';
import { EXIT, ImgjobError, isOf } from '../errors.ts';
import { type FleetGiven, fleetOf } from '../fleet/given.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import { isLoopback, startServer } from '../serve/server.ts';
import type { Retention } from '../service/retention.ts';
import { locateState } from '../state/locate.ts';
import { formatSpan } from '../terminal/numbers.ts';
import { jsonLine, showText } from '../terminal/prose.ts';

/** The options of `imgjob serve` as the command line gives them, but for those of the jobs. */
export type ServeOptions = {
  port: number;
  host: string;
  stateDir?: string;
  maxJobs: number;
  maxQueued: number;
  keep: Retention;
  grace: number;
  token?: string;
  /** False for `--no-auth`. */
  auth: boolean;
  cors?: string;
  fsync: boolean;
  headers: Header[];
} & FleetGiven;

/**
 * `imgjob serve`: takes jobs over HTTP until a signal ends it. What it says,
 * and a line for each request, goes to standard error as JSON lines.
 */
export async function serve(options: JobOptions, given: ServeOptions): Promise<number> {
  const { env, argv } = process;
  const { host, port, auth, fsync, headers } = given;
  const token = auth ? await readToken(given.token) : null;
  refuseOpen(host, token, auth);
  const stop = catchStop(given.grace, env);
  const fleet = await fleetOf(given, say);
  try {
    const server = await startServer({
      signal: stop.signal,
      ...{ host, port, token, cors: given.cors ?? null, options, headers, fsync, env, fleet },
      state: locateState(given.stateDir, env),
      max_jobs: given.maxJobs,
      max_queued: given.maxQueued,
      retention: given.keep,
      debug: argv.includes('--debug'),
      log: say,
      writeLog: (line) => process.stderr.write(line),
    }).catch((error: unknown) => {
      if (stop.signal.aborted && isOf(error, 'stopped')) return null;
      throw error;
    });
    if (server) {
      if (options.deny_private) say(REFUSES_PRIVATE);
      say(`listening on ${server.url}`);
      await Promise.race([stop.asked, server.lost]);
      await server.close(given.grace);
    }
    say('stopped');
    await stop.repeatPassed();
  } finally {
    await fleet?.close();
  }
  return EXIT.ok;
}

const REFUSES_PRIVATE =
  'images at addresses that are not of the public internet are refused (blocked-address); --no-deny-private lets jobs fetch them';

function say(message: string): void {
  process.stderr.write(
    `${jsonLine({ t: new Date().toISOString(), message: showText(message) })}\n`,
  );
}

/** From before the server starts, which may take long where its journals have to be read. */
function catchStop(grace_ms: number, env: Record<string, string | undefined>) {
  const stop = new AbortController();
  const { signal } = stop;
  const asked = new Promise<void>((resolve) => void onAbort(signal, resolve));
  const repeatPassed = catchSignals({
    onFirst(name) {
      say(`${name}: taking no more jobs; images at work have ${formatSpan(grace_ms)}`);
      stop.abort();
    },
    onSecond: (name) => void exitNow(name),
    ignoresHangup: ignoresHangup(env),
  });
  return { signal, asked, repeatPassed };
}

/** Whoever reaches a server can have anything fetched from where it stands. */
function refuseOpen(host: string, token: string | null, auth: boolean): void {
  if (token !== null || !auth || isLoopback(host)) return;
  throw new ImgjobError('usage', `others can reach ${host}: a token is needed`, {
    hint: 'Give one with --token or IMGJOB_TOKEN; --no-auth lets everybody in.',
  });
}
