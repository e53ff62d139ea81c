import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseRedisAddress } from '../../src/fleet/address.ts';
import { createKeys, fleetWorkName } from '../../src/fleet/keys.ts';
import { connectRedis } from '../../src/fleet/redis.ts';
import { runCli, runNode } from '../support/cli.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';
import { setUpRuns } from '../support/runs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the address of Redis', () => {
  it.each([
    ['redis://queue.example', 'redis://queue.example:6379'],
    ['redis://user:p%40ss@queue.example:7000/2', 'redis://queue.example:7000/2'],
    ['rediss://:geheim@[::1]:6380', 'rediss://[::1]:6380'],
    ['unix:/run/redis.sock', 'unix:/run/redis.sock'],
    ['unix://user:geheim@/run/redis.sock', 'unix:/run/redis.sock'],
    ['redis-cluster://u:p@a:1,b:2', 'redis-cluster://a:1,b:2'],
    ['rediss-sentinel://u:p@a,b:2#queue', 'rediss-sentinel://a:26379,b:2#queue'],
  ])('%s is shown as %s', (text, shown) => {
    expect(parseRedisAddress(text).shown).toBe(shown);
  });

  it('has user and password decoded', () => {
    const address = parseRedisAddress('redis://us%3Aer:p%40s%2Fs@queue.example');
    expect(address).toMatchObject({ username: 'us:er', password: 'p@s/s' });
    expect(parseRedisAddress('redis://geheim@queue.example')).toMatchObject({
      username: null,
      password: 'geheim',
    });
  });

  it.each([
    'queue.example:6379',
    'http://queue.example',
    'redis://',
    'redis://a:0',
    'redis://a:99999',
    'redis://a,b',
    'redis://a#name',
    'redis-sentinel://a:1',
    'redis://geheim@a:x',
    'redis://us%er:geheim@a',
    `redis://${'a'.repeat(10_000)}`,
  ])('%s is refused, without a word of what may be a password', (text) => {
    expect(() => parseRedisAddress(text)).toThrow(/^--redis: expected redis:/);
    expect(() => parseRedisAddress(text)).not.toThrow(/geheim/);
  });
});

describe('a prefix', () => {
  it('keeps all keys of a fleet on one node of a cluster', () => {
    expect(createKeys('photos').run('x')).toBe('{photos}:run:x');
    expect(createKeys('a{b}c').run('x')).toBe('a{b}c:run:x');
  });

  it.each(['', 'a:b', '{}', '{a', 'a}', 'ä', 'a b'])('%j is refused', (text) => {
    expect(() => createKeys(text)).toThrow('--redis-prefix: expected');
  });
});

describe('the name of a work', () => {
  it.each([
    ['./dominant-color.mjs', 'dominant-color'],
    ['/opt/work/colour.v2.ts', 'colour.v2'],
    ['dominant-color', 'dominant-color'],
    ['@shelf/colour', '@shelf.colour'],
  ])('of %s is %s', (path, name) => {
    expect(fleetWorkName(path)).toBe(name);
  });
});

describe('without the packages of a fleet', () => {
  it('exit code 2 says how to install them, and nothing else needs them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'imgjob-alone-'));
    try {
      for (const name of ['bin', 'dist', 'package.json']) {
        cpSync(join(ROOT, name), join(folder, name), { recursive: true });
      }
      const bin = join(folder, 'bin/imgjob.js');
      for (const args of [
        ['worker'],
        ['workers'],
        ['run', join(ROOT, 'fixtures/demo/manifest.json')],
      ]) {
        const { code, stderr } = await runNode([bin, ...args, '--redis', 'unix:/nowhere']);
        expect([args[0], code]).toEqual([args[0], 2]);
        expect(stderr).toContain('npm install bullmq@6 ioredis');
      }
      expect((await runNode([bin, '--version'])).code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(!HAS_REDIS)('an address', () => {
  const runs = setUpRuns();
  const fleet = setUpFleet();
  const good = () => runs.workspace.write('m.json', runs.goodManifest());

  it('where nobody listens is exit code 3, and starts nothing', async () => {
    const { code, stderr } = await runs.run(['--redis', 'redis://127.0.0.1:1', good()]);
    expect(code).toBe(3);
    expect(stderr).toContain("can't reach Redis at redis://127.0.0.1:1: connection refused");
    expect((await runCli(['status'], { cwd: runs.workspace.folder })).stdout).not.toContain('good');
  });

  it('comes from a variable or a file too, so that it is in no process list', async () => {
    const file = runs.workspace.write('redis.txt', `${fleet.redis.url}\n`);
    for (const [args, env] of [
      [[], { IMGJOB_REDIS: fleet.redis.url }],
      [['--redis', `@${file}`], {}],
    ] as const) {
      const { code, stdout } = await runCli(['workers', ...args], { env });
      expect([code, stdout]).toEqual([0, 'no worker is there\n']);
    }
    const missing = await runCli(['workers', '--redis', '@nowhere.txt']);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(
      "can't read the address of Redis in nowhere.txt: no such file",
    );
  });

  it('with a password that is wrong is exit code 2 and never shown; the right user needs its keys and INFO', async () => {
    const { client } = fleet.redis;
    const rules = ['~{imgjob}:*', '+@all', '-@dangerous', '-@admin', '+info'];
    await client.call('ACL', 'SETUSER', 'fleet', 'on', '>geheim', ...rules);
    const at = (login: string) => fleet.redis.url.replace('unix:', `unix://${login}@`);
    const wrong = await runCli(['workers', '--redis', at('fleet:geheimer')]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('refuses: WRONGPASS');
    expect(wrong.stderr).not.toContain('geheim');
    const worker = await fleet.worker(['--redis', at('fleet:geheim')]);
    const { code, stderr } = await runs.run(['--redis', at('fleet:geheim'), good()]);
    expect(code).toBe(0);
    expect(stderr + worker.said()).not.toMatch(/geheim|NOPERM|warning/);
    const denied = await client.call('ACL', 'LOG');
    expect(JSON.stringify(denied)).not.toContain('"command"');
    await client.call('ACL', 'SETUSER', 'fleet', '-@blocking');
    await expect.poll(worker.said, { timeout: 20_000 }).toContain('warning: Redis: NOPERM');
    await client.call('ACL', 'SETUSER', 'fleet', '-@scripting');
    const refused = await runCli(['workers', '--redis', at('fleet:geheim')]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('refuses: NOPERM');
    expect(refused.stderr).toContain('needs its keys and INFO');
    await client.call('ACL', 'DELUSER', 'fleet');
  });

  it('is said to be gone and back by one connection, whatever becomes of the others', async () => {
    const said: string[] = [];
    const link = await connectRedis(parseRedisAddress(fleet.redis.url), (text) => said.push(text));
    try {
      link.connect().emit('error', new Error('silent for too long'));
      expect(said).toEqual([]);
      link.client.emit('error', new Error('silent for too long'));
      link.client.emit('ready');
      const at = `Redis at ${fleet.redis.url}`;
      const gone = `warning: ${at} is gone (silent for too long): waiting for it`;
      expect(said).toEqual([gone, `${at} is back`]);
    } finally {
      link.close();
    }
  });

  it('is said with what an operator should know of that Redis', async () => {
    await fleet.redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await fleet.worker();
    const { code, stderr } = await runs.run([...fleet.at, good()]);
    await fleet.redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    expect(code).toBe(0);
    expect(stderr).toMatch(/imgjob: (redis|valkey) \d+\.\d+\.\d+ at unix:/);
    expect(stderr.match(/maxmemory-policy allkeys-lru/g)).toHaveLength(1);
    expect(stderr).not.toContain('IMPORTANT');
  });

  it('is of one major version of imgjob: others are refused', async () => {
    await fleet.redis.client.set('{imgjob}:version', '7');
    const { code, stderr } = await runs.run([...fleet.at, good()]);
    expect(code).toBe(2);
    expect(stderr).toContain('the fleet is of imgjob 7, and this is ');
    const apart = await runCli(['workers', ...fleet.at, '--redis-prefix', 'other']);
    expect(apart.code).toBe(0);
  });
});
