import { setTimeout as delay } from 'node:timers/promises';
import { onAbort } from '../abort.ts';
import { ImgjobError } from '../errors.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Header } from '../options/header.ts';
import type { JobOptions } from '../options/job-options.ts';
import type { WorkLog } from '../results/events.ts';
import { checkForFleet } from '../runner/choose-stores.ts';
import { createRunner } from '../runner/runner.ts';
import { createIdempotency } from '../service/idempotency.ts';
import { openIncoming } from '../service/incoming.ts';
import { openJobIndex } from '../service/index-file.ts';
import { createJobSources } from '../service/job-source.ts';
import type { QueueLimits } from '../service/queue.ts';
import { createRetention, type Retention } from '../service/retention.ts';
import { createService, type Service } from '../service/service.ts';
import { sweepLeftovers } from '../state/leftovers.ts';
import type { State } from '../state/locate.ts';
import { type Lock, takeLock } from '../state/lock.ts';
import { makeStateFolder, serverLockPath, stateUnwritable } from '../state/state-folder.ts';
import type { Log } from '../terminal/log.ts';
import { showShort } from '../terminal/prose.ts';
import { checkWanted } from '../turns.ts';
import { createApp } from './app.ts';
import type { ServeContext } from './context.ts';
import type { Access } from './guard.ts';
import { listen } from './listen.ts';
import { createMetrics } from './metrics.ts';

/** What is to be kept is looked through again after so long. */
const RETENTION_MS = 5000;

/** Who guesses tokens waits for each answer. */
const WRONG_TOKEN_MS = 300;

/** What a module prints may be anything. */
const MAX_WORK_LINE = 1000;

export type ServerOptions = QueueLimits & {
  host: string;
  port: number;
  token: string | null;
  cors: string | null;
  state: State;
  options: JobOptions;
  headers: Header[];
  fsync: boolean;
  /** The machines that run the stores; null for this process. */
  fleet: Fleet | null;
  retention: Retention;
  env: Record<string, string | undefined>;
  debug: boolean;
  log: Log;
  /** Aborted to give up while it starts (`stopped`): journals may be many. */
  signal: AbortSignal;
  /** Called with a line for each request. */
  writeLog(line: string): void;
};

export type RunningServer = {
  url: string;
  /** Rejects where the server can't go on: its state folder is another's. */
  lost: Promise<never>;
  /** Takes no more jobs, lets images finish within so long, and ends. */
  close(grace_ms: number): Promise<void>;
};

/** Serves the jobs of a state folder, and goes on with those that are not done. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { state, log, env, debug, fleet, signal } = options;
  if (fleet) checkForFleet(options.options);
  await makeStateFolder(state.folder);
  const lock = await lockState(state);
  try {
    await sweepLeftovers(state.folder);
    const { concurrency } = options.options;
    const work = { log: (line: WorkLog) => log(workLine(line)), say: log, debug };
    const runner = createRunner({ concurrency, env, fleet, work });
    const index = await openJobIndex(state.folder, { log, signal });
    const service = createService(index, { ...options, runner });
    const metrics = createMetrics(service, runner, { concurrency, fleet });
    let isStopping = false;
    const context: ServeContext = {
      ...{ service, runner, fleet, metrics, operator: options.options, folder: state.folder },
      sources: createJobSources(service, state),
      access: accessOf(options),
      once: createIdempotency(index),
      incoming: await openIncoming(state.folder),
      readiness: () => (isStopping ? 'stopping' : (service.health.trouble() ?? 'ok')),
    };
    checkWanted(signal);
    const listening = await listen({ ...options, app: await createApp(context, log) });
    service.recover();
    const stopKeeping = keepRetention(service, options);
    return {
      url: listening.url,
      lost: lossOf(lock),
      async close(grace_ms) {
        isStopping = true;
        stopKeeping();
        await service.drain(grace_ms);
        await listening.close();
        metrics.close();
        await runner.close();
        await index.settled();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** One server a state folder. Throws `server-running`. */
async function lockState({ folder }: State): Promise<Lock> {
  const lock = await takeLock(serverLockPath(folder)).catch((error: unknown) => {
    throw stateUnwritable(folder, error);
  });
  if (!('holder' in lock)) return lock;
  const by = lock.holder ? `: pid ${lock.holder.pid} on ${lock.holder.host}` : '';
  throw new ImgjobError('server-running', `another server has the state folder ${folder}${by}`, {
    hint: 'Name another one with --state-dir.',
  });
}

function lossOf({ lost }: Lock): Promise<never> {
  const loss = new Promise<never>((_, reject) => {
    onAbort(lost, () => {
      const message = 'another process has taken the state folder, since this one seemed dead';
      reject(new ImgjobError('lock-lost', message));
    });
  });
  loss.catch(() => {});
  return loss;
}

function accessOf({ token, cors, host }: ServerOptions): Access {
  // Without a token others are only let in aloud.
  return { token, cors, is_open: !isLoopback(host), now: Date.now, wrong_token_ms: WRONG_TOKEN_MS };
}

/** Whether only this machine reaches a host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Looks again and again, once it is done with the last look. Answers the way to end that. */
function keepRetention(service: Service, { retention, state, log }: ServerOptions): () => void {
  const { age_ms, count } = retention;
  if (age_ms === null && count === null) return () => {};
  const ending = new AbortController();
  const { signal } = ending;
  const removeOutdated = createRetention(service, retention, { folder: state.folder, log });
  const look = async () => {
    while (!signal.aborted) {
      await removeOutdated(Date.now(), signal);
      await delay(RETENTION_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  void look();
  return () => ending.abort();
}

/** What a module prints, and on which image. */
function workLine({ job_id, store, image, text }: WorkLog): string {
  const place = store === null || image === null ? '' : ` store ${store + 1} image ${image + 1}`;
  return `${job_id}${place} work: ${showShort(text, MAX_WORK_LINE)}`;
}
