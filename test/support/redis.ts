import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';

/** The program that is the server: Valkey's where REDIS_SERVER says so. */
export const REDIS_SERVER = process.env.REDIS_SERVER ?? 'redis-server';
/** Whether Redis is installed: where it is not, the tests of the fleet are skipped, visibly. */
export const HAS_REDIS = spawnSync(REDIS_SERVER, ['--version']).status === 0;

/** A Redis of a test's own, on a socket in a folder of its own. */
export type TestRedis = {
  url: string;
  folder: string;
  /** A connection of the test's own. */
  client: Redis;
  /** SIGKILL; what it holds is what it has written. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

/** `options` are those of redis-server: `['--appendonly', 'yes']`. Without any it writes nothing. */
export async function startRedis(options: string[] = []): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-redis-'));
  const path = join(folder, 'redis.sock');
  const client = new Redis({ path, lazyConnect: true, retryStrategy: () => 50, protocol: 2 });
  client.on('error', () => {});
  let server: ChildProcess | null = null;

  async function start(): Promise<void> {
    const usual = ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', ''];
    server = spawn(REDIS_SERVER, [...usual, ...options], { stdio: 'ignore' });
    if (client.status === 'wait') await client.connect().catch(() => {});
    await vi.waitFor(() => client.ping(), { timeout: 20_000 });
  }

  async function kill(): Promise<void> {
    const dying = server;
    server = null;
    if (!dying || dying.exitCode !== null) return;
    const dead = new Promise((resolve) => dying.once('exit', resolve));
    dying.kill('SIGKILL');
    await dead;
  }

  await start();
  return {
    ...{ url: `unix:${path}`, folder, client, kill, start },
    async close() {
      client.disconnect();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
