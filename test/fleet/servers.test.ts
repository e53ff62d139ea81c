import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { BIN, ENVIRONMENT } from '../support/cli.ts';
import { HAS_REDIS, REDIS_SERVER } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const certificates = HAS_REDIS ? makeCertificates() : null;

/** Redis where it is not one server on a socket. */
describe.skipIf(!HAS_REDIS)('a fleet over', () => {
  const runs = setUpRuns();
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-servers-'));
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await gone;
    }
  });

  function start(command: string, args: string[], env = {}): ChildProcess {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...ENVIRONMENT, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    return child;
  }

  async function whenReady(port: number, act: (client: Redis) => Promise<unknown>, options = {}) {
    const client = new Redis({ host: '127.0.0.1', port, ...options, retryStrategy: () => 50 });
    client.on('error', () => {});
    try {
      await vi.waitFor(() => act(client), { timeout: 20_000, interval: 100 });
    } finally {
      client.disconnect();
    }
  }

  async function startWorker(redis: string, env: Record<string, string> = {}): Promise<void> {
    const worker = start(process.execPath, [BIN, 'worker', '--redis', redis], env);
    let said = '';
    worker.stderr?.on('data', (text) => {
      said += text;
    });
    await vi.waitFor(() => expect(said).toContain('at once'), { timeout: 30_000 });
  }

  /** A worker and a run at that address; the run is to complete. */
  async function works(redis: string, env: Record<string, string> = {}): Promise<void> {
    await startWorker(redis, env);
    const manifest = runs.workspace.write('m.json', runs.mixedManifest());
    const { code, stdout, stderr } = await runs.run(['--redis', redis, manifest], { env });
    expect([code, stderr.includes('warning')]).toEqual([1, false]);
    expect(JSON.parse(stdout).summary.stores).toMatchObject({ completed: 2, failed: 1 });
  }

  it.skipIf(!certificates)('TLS', async () => {
    const port = await freePort();
    const write = (name: string, text = '') => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const authority = write('ca.pem', certificates?.authority);
    const files = [
      ...['--tls-cert-file', write('cert.pem', certificates?.good.cert)],
      ...['--tls-key-file', write('key.pem', certificates?.good.key)],
      ...['--tls-ca-cert-file', authority, '--tls-auth-clients', 'no'],
    ];
    start(REDIS_SERVER, ['--port', '0', '--tls-port', `${port}`, '--save', '', ...files]);
    const tls = { tls: { ca: certificates?.authority } };
    await whenReady(port, (client) => client.ping(), tls);
    await works(`rediss://127.0.0.1:${port}`, { NODE_EXTRA_CA_CERTS: authority });
  });

  it('a cluster of three, on one node of which all keys are', async () => {
    const ports = await Promise.all([0, 1, 2].map(freePort));
    const [first = 0, ...others] = ports;
    for (const [at, port] of ports.entries()) {
      const bus = await freePort();
      const options = [
        ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`],
        ...['--cluster-announce-ip', '127.0.0.1', '--cluster-port', `${bus}`],
      ];
      const usual = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''];
      start(REDIS_SERVER, [...usual, ...options]);
      const slots = [at * 6000, Math.min(16_383, at * 6000 + 5999)] as const;
      await whenReady(port, (client) => client.call('CLUSTER', 'ADDSLOTSRANGE', ...slots));
      if (at === 0) continue;
      await whenReady(first, (client) => client.call('CLUSTER', 'MEET', '127.0.0.1', port, bus));
    }
    for (const port of ports) {
      await whenReady(port, async (client) => {
        const info = await client.call('CLUSTER', 'INFO');
        expect(info).toContain('cluster_state:ok');
        expect(info).toContain('cluster_known_nodes:3');
      });
    }
    await works(`redis-cluster://127.0.0.1:${others.join(',127.0.0.1:')}`);
  });

  it('a server that sentinels name, and the one that takes its place when it dies', async () => {
    const [port, next, sentinel] = [await freePort(), await freePort(), await freePort()];
    const usual = ['--bind', '127.0.0.1', '--save', ''];
    const master = start(REDIS_SERVER, ['--port', `${port}`, ...usual]);
    const copying = ['--replicaof', `127.0.0.1 ${port}`, '--repl-diskless-sync-delay', '0'];
    start(REDIS_SERVER, ['--port', `${next}`, ...usual, ...copying]);
    const info = async (client: Redis) => expect(await client.info('replication'));
    await whenReady(next, async (client) => (await info(client)).toContain('link_status:up'));
    const configuration = join(folder, 'sentinel.conf');
    const lines = [
      ...[`port ${sentinel}`, 'bind 127.0.0.1'],
      `sentinel monitor queue 127.0.0.1 ${port} 1`,
      'sentinel down-after-milliseconds queue 1000',
      // Of an attempt at which the other one did not answer in time: the next comes after twice that.
      'sentinel failover-timeout queue 2000',
    ];
    writeFileSync(configuration, `${lines.join('\n')}\n`);
    start(REDIS_SERVER, [configuration, '--sentinel']);
    await whenReady(sentinel, async (client) => {
      expect(await client.call('SENTINEL', 'REPLICAS', 'queue')).toHaveLength(1);
    });
    const redis = `redis-sentinel://127.0.0.1:${sentinel}#queue`;
    await startWorker(redis);
    const manifest = runs.workspace.write('m.json', runs.goodManifest('moved', 20));
    const asked = () => runs.server.requests.length;
    const before = asked();
    const running = runs.run(['--redis', redis, '--sleep', '100ms', manifest]);
    await expect.poll(asked).toBeGreaterThan(before + 3);
    master.kill('SIGKILL');
    const { code, stdout } = await running;
    await whenReady(next, async (client) => (await info(client)).toContain('role:master'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout).summary.images.completed).toBe(20);
    // At most what the new one had not been told of yet, which the journal has not, either.
    expect(asked() - before).toBeLessThanOrEqual(22);
    rmSync(folder, { recursive: true, force: true });
  });
});
