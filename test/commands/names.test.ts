import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ImageResult, resultsSchema } from '../../src/results/results-schema.ts';
import { createWorkspace, type Workspace } from '../support/cli.ts';
import { hasNamespaces, type Namespace, startNamespace } from '../support/namespace.ts';

// Skipped where no network of its own can be made: that takes Linux and root.

const HERE = ['127.0.0.1'];
const ELSEWHERE = ['127.0.0.2'];
const NO_ROUTE = ['2001:db8::1'];
/** Nothing is ever heard of it. */
const NOBODY = ['10.8.7.7'];
const [NOTHING, FAILURE] = [0, 2];

const RULES = [
  { match: '^silent', silent: true as const },
  { match: '^good\\d+\\.test$', a: HERE, lag_ms: 30 },
  { match: '^(shop|two\\.dots)\\.search\\.test$', a: HERE },
  { match: '^half-silent\\.test$', a: HERE, silent: 'aaaa' as const },
  { match: '^late\\.test$', a: HERE, lag_ms: 1500 },
  { match: '^six\\.test$', aaaa: ['::1'] },
  { match: '^both\\.test$', a: HERE, aaaa: ['::1'] },
  { match: '^no-route\\.test$', a: HERE, aaaa: NO_ROUTE },
  { match: '^one-dead\\.test$', a: [...NOBODY, ...HERE] },
  { match: '^dead\\.test$', a: NOBODY, aaaa: NO_ROUTE },
  { match: '^refused\\.test$', a: ELSEWHERE, aaaa: NO_ROUTE },
  { match: '^failing\\.test$', rcode: FAILURE },
  { match: '^nothing\\.test$', rcode: NOTHING },
  { match: '^listed\\.test$', a: NOBODY },
  ...[2, 3].map((last) => ({
    ...{ match: `^slow${last}\\.test$`, a: [`10.8.0.${last}`], aaaa: last === 3 ? NO_ROUTE : [] },
    appears: { address: `10.8.0.${last}`, after_ms: 1200 },
  })),
];
const HOSTS = '127.0.0.1 listed.test alias\n::1 listed-six.test\n10.8.7.7 two.dots';

describe.skipIf(!hasNamespaces())('in a network of its own', { timeout: 120_000 }, () => {
  let network: Namespace;
  let workspace: Workspace;
  beforeAll(async () => {
    network = await startNamespace({ rules: RULES, hosts: HOSTS, resolv: 'search search.test' });
  });
  afterAll(() => network.close());
  beforeEach(() => {
    workspace = createWorkspace();
    return () => workspace.remove();
  });

  const runOptions = ['--no-state', '--sleep', '0', '--progress', 'none', '--retries', '0'];
  const manifestOf = (urls: string[]) =>
    workspace.write('m.json', {
      stores: urls.map((url, index) => ({ store_id: `S${index}`, images: [url] })),
    });
  /** The results of these hosts, a store each. */
  async function imagesOf(hosts: string[], ...args: string[]): Promise<ImageResult[]> {
    const manifest = manifestOf(hosts.map((host, index) => `http://${host}:8080/${index}.png`));
    const argv = ['run', ...runOptions, ...args, manifest];
    const { stdout } = await network.runCli(argv, { cwd: workspace.folder });
    return resultsSchema.parse(JSON.parse(stdout)).stores.flatMap(({ images }) => images);
  }
  const codesOf = (images: ImageResult[]) => images.map(({ error }) => error?.code ?? 'completed');

  it.each([
    ['a table’s', 'listed.test'],
    ['an alias of the table', 'alias'],
    ['a table’s, with IPv6', 'listed-six.test'],
    ['a table’s, with a dot at its end', 'listed.test.'],
    ['this machine’s', 'localhost'],
    ['below this machine’s (RFC 6761)', 'cdn.localhost'],
    ['a name server’s', 'good0.test'],
    ['a name server’s, with a dot at its end', 'good0.test.'],
    ['one within the search list', 'shop'],
    ['one of IPv6 alone', 'six.test'],
    ['one of both families', 'both.test'],
    ['one whose IPv6 is not answered', 'half-silent.test'],
    ['one that is answered late', 'late.test'],
    ['one with an IPv6 address without a route', 'no-route.test'],
    ['one with an address at which nobody is', 'one-dead.test'],
    ['one that takes long to connect', 'slow2.test'],
    ['one that takes long to connect, beside an IPv6 address without a route', 'slow3.test'],
  ])('a name is reached: %s', async (_what, host) => {
    expect(codesOf(await imagesOf([host]))).toEqual(['completed']);
  });

  it.each([
    ['no such name', 'none.test', 'dns', 'host not found', []],
    ['no such name, without a dot', 'none', 'dns', 'host not found', []],
    ['without an address', 'nothing.test', 'dns', 'host not found', []],
    ['a server that fails', 'failing.test', 'dns', 'the name lookup failed (ESERVFAIL)', []],
    [
      'silent',
      'silent.test',
      'dns',
      'the name lookup was not answered within 0.3 s',
      ['--dns-timeout', '300ms'],
    ],
    [
      'nobody there',
      'dead.test',
      'connect',
      'could not connect within 0.5 s',
      ['--connect-timeout', '500ms'],
    ],
    [
      'the table before the name server',
      'two.dots',
      'connect',
      'could not connect within 0.5 s',
      ['--connect-timeout', '500ms'],
    ],
    [
      'private',
      'good0.test',
      'blocked-address',
      /no address of the public internet/,
      ['--deny-private'],
    ],
  ])('a name is not: %s', async (_what, host, code, message, args) => {
    const [image] = await imagesOf([host], ...args);
    expect(image?.error).toMatchObject({ code, host: `${host}:8080` });
    if (typeof message === 'string') expect(image?.error?.message).toBe(message);
    else expect(image?.error?.message).toMatch(message);
  });

  it('20 silent names hold up none of 100 healthy hosts', async () => {
    const silent = Array.from({ length: 20 }, (_, index) => `silent${index}.test`);
    const healthy = Array.from({ length: 100 }, (_, index) => `good${index}.test`);
    const images = await imagesOf([...silent, ...healthy], '--dns-timeout', '20s');
    expect(codesOf(images.slice(0, 20))).toEqual(silent.map(() => 'dns'));
    expect(codesOf(images.slice(20))).toEqual(healthy.map(() => 'completed'));
    // They would have waited 20 s.
    for (const { duration_ms } of images.slice(20)) expect(duration_ms).toBeLessThan(10_000);
  });

  it('a name that 1,000 stores want is asked for once, for each family', async () => {
    const before = (await network.queries())['good7.test'] ?? 0;
    const images = await imagesOf(Array(1000).fill('good7.test'), '-c', '1000');
    expect(new Set(codesOf(images))).toEqual(new Set(['completed']));
    // Asked again after a second where the machine is busy.
    expect(((await network.queries())['good7.test'] ?? 0) - before).toBeLessThanOrEqual(6);
  });

  const silentRun = (...args: string[]) => {
    const urls = Array.from({ length: 8 }, (_, index) => `http://silent${index}.test/a.png`);
    return ['run', ...runOptions, '-o', 'out.json', ...args, manifestOf(urls)];
  };

  it('the process ends with its results, whatever the name server does', async () => {
    const argv = silentRun('--dns-timeout', '500ms');
    let ended = 0;
    const { code, stderr } = await network.runCli(argv, {
      cwd: workspace.folder,
      onStart: (child) => child.stderr?.on('data', () => (ended = performance.now())),
    });
    expect(code).toBe(1);
    expect(stderr).toContain('8 failed');
    expect(performance.now() - ended).toBeLessThan(2000);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends it while names are silent', async (signal) => {
    const argv = silentRun('--dns-timeout', '60s', '--progress', 'json');
    let stopped = 0;
    const { code } = await network.runCli(argv, {
      cwd: workspace.folder,
      onStart: async (child) => {
        if (child.stderr) await once(child.stderr, 'data');
        setTimeout(() => {
          stopped = performance.now();
          child.kill(signal);
        }, 1000);
      },
    });
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(performance.now() - stopped).toBeLessThan(5000);
  });
});
