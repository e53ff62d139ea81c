import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { BIN, ENVIRONMENT } from '../support/cli.ts';
import { HAS_REDIS } from '../support/redis.ts';
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

  /** A worker and a run at that address; the run is to complete. */
  async function works(redis: string, env: Record<string, string> = {}): Promise<void> {
    const worker = start(process.execPath, [BIN, 'worker', '--redis', redis], env);
    let said = '';
    worker.stderr?.on('data', (text) => {
      said += text;
    });
    await vi.waitFor(() => expect(said).toContain('at once'), { timeout: 30_000 });
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
    start('redis-server', ['--port', '0', '--tls-port', `${port}`, '--save', '', ...files]);
    const tls = { tls: { ca: certificates?.authority } };
    await whenReady(port, (client) => client.ping(), tls);
    await works(`rediss://127.0.0.1:${port}`, { NODE_EXTRA_CA_CERTS: authority });
  });

  it('a cluster, on one node of which all keys are', async () => {
    const port = await freePort();
    const options = [
      '--cluster-enabled',
      'yes',
      '--cluster-announce-ip',
      '127.0.0.1',
      '--cluster-port',
      `${await freePort()}`,
    ];
    start('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', ...options]);
    await whenReady(port, async (client) => {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383).catch(() => {});
      expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
    });
    await works(`redis-cluster://127.0.0.1:${port}`);
  });

  it('a server that sentinels name', async () => {
    const [port, sentinel] = [await freePort(), await freePort()];
    start('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '']);
    await whenReady(port, (client) => client.ping());
    const configuration = join(folder, 'sentinel.conf');
    const lines = [
      `port ${sentinel}`,
      'bind 127.0.0.1',
      `sentinel monitor queue 127.0.0.1 ${port} 1`,
    ];
    writeFileSync(configuration, `${lines.join('\n')}\n`);
    start('redis-server', [configuration, '--sentinel']);
    await whenReady(sentinel, (client) => client.ping());
    await works(`redis-sentinel://127.0.0.1:${sentinel}#queue`);
    rmSync(folder, { recursive: true, force: true });
  });
});
