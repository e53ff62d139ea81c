import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { BIN, ENVIRONMENT } from './cli.ts';
import { startRedis, type TestRedis } from './redis.ts';

/** A worker as a process. */
export type TestWorker = {
  child: ChildProcess;
  /** What it has said. */
  said(): string;
  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void;
  ended: Promise<number | null>;
};

type FleetSetUp = {
  /** Options of redis-server. */
  redis?: string[];
  /** Whether workers go on from one test to the next; else they end with each. */
  keepsWorkers?: boolean;
};

/** A Redis for the file, empty at the start of each test, and workers. */
export function setUpFleet({ redis: options = [], keepsWorkers = false }: FleetSetUp = {}) {
  let redis: TestRedis | undefined;
  const workers: TestWorker[] = [];
  beforeAll(async () => {
    redis = await startRedis(options);
  });
  const endWorkers = async () => {
    for (const { child, ended } of workers.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
  };
  afterAll(async () => {
    await endWorkers();
    await redis?.close();
  });
  afterEach(async () => {
    if (keepsWorkers) return;
    await endWorkers();
    await context.redis.client.flushall();
  });

  const context = {
    get redis(): TestRedis {
      if (!redis) throw new Error('Redis has not started yet');
      return redis;
    },
    /** The options that lead to the fleet. */
    get at(): string[] {
      return ['--redis', context.redis.url];
    },
    /** Starts a worker and waits until it takes stores. */
    async worker(args: string[] = [], env: Record<string, string> = {}): Promise<TestWorker> {
      const child = spawn(process.execPath, [BIN, 'worker', ...context.at, ...args], {
        env: { ...ENVIRONMENT, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let text = '';
      child.stderr?.setEncoding('utf8').on('data', (more) => {
        text += more;
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const worker: TestWorker = {
        ...{ child, ended, said: () => text },
        kill: (signal) => void child.kill(signal),
      };
      workers.push(worker);
      await vi.waitFor(() => expect(text).toMatch(/takes \d+ stores? at once/), {
        timeout: 60_000,
      });
      return worker;
    },
  };
  return context;
}

/** The environment of a process whose clock is wrong by so many milliseconds. */
export function clockAhead(ms: number): Record<string, string> {
  const module = new URL('./shifted-clock.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${module}`, CLOCK_AHEAD_MS: `${ms}` };
}

/** A results document without what two runs of the same job differ in. */
export function withoutTimes(text: string): unknown {
  return JSON.parse(text, (key, value) =>
    /^(started_at|finished_at|duration_ms|download_ms|work_ms)$/.test(key) ? undefined : value,
  );
}
