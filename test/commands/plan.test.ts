import { beforeEach, describe, expect, it } from 'vitest';
import { surveyUrls } from '../../src/plan/survey-urls.ts';
import { type CliOptions, runCli } from '../support/cli.ts';
import { createManifest } from '../support/effects.ts';
import { setUpRuns } from '../support/runs.ts';
import { SOON_MS } from '../support/times.ts';

const tests = setUpRuns();

/** So many images of one host. */
function urls(count: number, host = 'cdn.example'): string[] {
  return Array.from({ length: count }, (_, image) => `https://${host}/${image}.jpg`);
}

const plan = (args: string[], options: CliOptions = {}) =>
  runCli(['plan', ...args], { cwd: tests.workspace.folder, ...options });

/** What the command prints of a manifest, without trouble. */
async function planOf(manifest: unknown, args: string[] = []): Promise<string> {
  tests.workspace.write('m.json', manifest);
  const { code, stdout, stderr } = await plan([...args, 'm.json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const planOfStores = (...stores: string[][]) =>
  planOf({ stores: stores.map((images, store) => ({ store_id: `S${store}`, images })) });

const MIXED = {
  job_id: 'spring-audit',
  stores: [
    { store_id: 'S0001', images: [...urls(3), 'https://cdn.example/0.jpg'] },
    { store_id: 'S0002', images: [] },
    { store_id: 'S0003', images: ['https://cdn.example/0.jpg', 'ftp://cdn.example/a', '', ''] },
    { store_id: 'S0004', images: [...urls(5, 'img.example:8443'), 'http://[::1]/a.png'] },
  ],
};

describe('imgjob plan', () => {
  it('says what a job is made of and how long it takes at least', async () => {
    expect(await planOf(MIXED, ['-c', '2'])).toBe(
      `plan  spring-audit
  stores     4, 1 without images
  images     14
  hosts      3
             5  cdn.example
             5  img.example:8443
             1  [::1]
  bad URLs   3 images; to see them: imgjob validate m.json
  repeats    3 images whose URL came before; 2 URLs repeat
             3 × https://cdn.example/0.jpg
             2 × (empty)
  longest    S0004, 6 images

  time       at least 3.2 s with -c 2 --sleep 400ms
  downloads  add 0.8 s if each takes 100 ms
  slots      -c 3 takes at least 2.4 s; more does not help
`,
    );
  });

  it('asks nobody, and keeps nothing', async () => {
    const before = tests.server.connections();
    tests.workspace.write('m.json', tests.mixedManifest());
    expect((await plan(['m.json'])).code).toBe(0);
    expect(tests.server.connections()).toBe(before);
    const { stdout, stderr } = await runCli(['status'], { cwd: tests.workspace.folder });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'no jobs yet\n' });
  });

  it('reads the older form, NDJSON and standard input alike', async () => {
    const { stores } = MIXED;
    const rest = (text: string) => text.slice(text.indexOf('\n')).replace(/validate .*/, '');
    const expected = rest(await planOf(MIXED));
    const visits = stores.map(({ images, ...visit }) => ({ ...visit, image_url: images }));
    const lines = stores.map((store) => JSON.stringify(store)).join('\n');
    expect(rest(await planOf({ count: 4, visits }))).toBe(expected);
    tests.workspace.write('m.ndjson', lines);
    const ndjson = await plan(['m.ndjson']);
    expect(ndjson.stdout).toMatch(/^plan {2}m\.ndjson\n[\s\S]* imgjob validate m\.ndjson\n/);
    expect(rest(ndjson.stdout)).toBe(expected);
    const piped = await plan(['--manifest-format', 'ndjson', '-'], { stdin: lines });
    expect(piped.stdout).toMatch(/^plan {2}standard input\n[\s\S]* --manifest-format ndjson -\n/);
    expect(rest(piped.stdout)).toBe(expected);
  });

  it('goes by the manifest’s path where it has no job_id: a made-up one changes each time', async () => {
    expect(await planOf({ stores: [] })).toMatch(/^plan {2}m\.json\n/);
  });

  it('passes on what the manifest is warned of', async () => {
    tests.workspace.write('m.json', { stores: [], colour: 'red' });
    const { code, stderr } = await plan(['m.json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^imgjob: warning: m\.json: .*colour/);
  });
});

describe('the hosts of a plan', () => {
  it('are the ten with the most images, of equals the first', async () => {
    const stores = [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10].map((images, host) =>
      urls(images, `h${host}`),
    );
    const { hosts } = await surveyUrls(createManifest(stores), 100);
    expect(hosts.total).toBe(12);
    expect(hosts.top.map(({ text }) => text).join(' ')).toBe('h10 h11 h9 h8 h7 h6 h5 h4 h3 h2');
    expect(hosts.top.map(({ count }) => count)).toEqual([10, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  });

  it('are the same however they are spelled', async () => {
    const images = ['http://cdn.example:80/', 'https://CDN.example:443/', 'HTTPS://cdn.example'];
    const text = await planOfStores(images);
    expect(text).toContain('  hosts      1\n             3  cdn.example\n');
  });

  it('are those of URLs that can be fetched; others are told apart one by one', async () => {
    const images = [
      'https://cdn.example/a',
      `https://cdn.example/${'a'.repeat(70_000)}`,
      'https://cdn.example:99999/a',
      'data:image/png;base64,',
      'cdn.example/a',
    ];
    const text = await planOfStores(images);
    expect(text).toContain('\n             1  cdn.example\n');
    expect(text).toContain('  bad URLs   4 images; to see them: imgjob validate m.json\n');
  });
});

describe('the repeats of a plan', () => {
  it('are found within a store and across stores, and the three most frequent shown', async () => {
    const image = (name: string, times: number) => Array<string>(times).fill(`http://a/${name}`);
    const first = [...image('twice', 2), ...image('once', 1), ...image('often', 600)];
    const second = [...image('often', 600), ...image('four', 4), ...image('three', 3)];
    const text = await planOfStores(first, second);
    expect(text).toContain(
      `
  repeats    1,205 images whose URL came before; 4 URLs repeat
             1,200 × http://a/often
                 4 × http://a/four
                 3 × http://a/three
  longest`,
    );
  });

  it('are none where all differ, if only in a query or fragment', async () => {
    const images = ['http://a/b', 'http://a/b?c', 'http://a/b?d', 'http://a/b#c'];
    const text = await planOfStores(images);
    expect(text).toContain('\n  bad URLs   none\n  repeats    none\n');
  });

  it('are watched for among so many URLs, and that is said', async () => {
    const manifest = createManifest([
      ['a', 'b', 'c'],
      ['c', 'a', 'a', 'd'],
    ]);
    expect(await surveyUrls(manifest, 2)).toMatchObject({
      repeats: 2,
      repeated: { total: 1, top: [{ text: 'a', count: 3 }] },
      watched_urls: 2,
    });
    expect(await surveyUrls(manifest, 4)).toMatchObject({ repeats: 3, watched_urls: null });
  });
});

describe('the time of a plan', () => {
  it.each([[[]], [[[], []]]])('of nothing is none: %j', async (stores) => {
    const text = await planOfStores(...stores);
    expect(text).toContain('\n  repeats    none\n\n  time       none, there is nothing to do\n');
  });

  it('takes cap and sleep from the variables that a run takes them from', async () => {
    tests.workspace.write('m.json', MIXED);
    const env = { IMGJOB_CONCURRENCY: '1', IMGJOB_SLEEP: '2m' };
    expect((await plan(['m.json'], { env })).stdout).toContain(
      'at least 28 min 00 s with -c 1 --sleep 2m',
    );
    const { stdout } = await plan(['-c', '3', '--sleep', '1s', 'm.json'], { env });
    expect(stdout).toContain('at least 6.0 s with -c 3 --sleep 1s');
  });
});

describe('imgjob plan refuses', () => {
  it('an invalid manifest with its first 20 problems, as a run does', async () => {
    tests.workspace.write('bad.json', { stores: Array.from({ length: 30 }, () => 7) });
    const planned = await plan(['bad.json']);
    expect(planned).toMatchObject({ code: 2, stdout: '' });
    expect(planned.stderr.trimEnd().split('\n')).toHaveLength(21);
    expect(planned.stderr).toMatch(/^bad\.json:1:12 {2}stores\[0\] {2}expected a store/);
    expect(planned.stderr).toBe((await tests.run(['bad.json'])).stderr);
  });

  it.each([
    [['missing.json'], "can't read missing.json: no such file"],
    [[], "missing required argument 'manifest'"],
    [['a.json', 'b.json'], 'too many arguments'],
    [['-c', '0', 'm.json'], 'Expected a whole number from 1 to 10000.'],
    [['-o', 'x', 'm.json'], "unknown option '-o'"],
  ])('%j with exit 2', async (args, message) => {
    const { code, stdout, stderr } = await plan(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('a hostile manifest', () => {
  let text = '';
  beforeEach(async () => {
    const secret = 'https://user:secret@cdn.example/a.jpg?token=secret#secret';
    const noise = 'htt\u0007p:/\u001b]0;title\u0007\u202e/x';
    const longId = `\u001b[2J\n  time  no time\u202e${'x'.repeat(200)}`;
    const images = [secret, secret, noise, noise];
    text = await planOf({ stores: [{ store_id: longId, images }] });
  });

  it('brings no control or direction characters to the terminal', () => {
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
    expect(text).toMatch(/\n {2}longest {4}\[2J {2}time {2}no timex+[…~], 4 images\n/);
  });

  it('shows no user names, passwords, queries and fragments', () => {
    expect(text).toContain('2 × https://cdn.example/a.jpg?…\n');
    expect(text).toContain('\n             2  cdn.example\n');
    expect(text).not.toContain('secret');
    expect(text).not.toContain('user');
  });
});

describe('a large manifest', () => {
  it('of 200,000 stores is planned within seconds, in 25 lines of 80 columns', async () => {
    const stores = Array.from({ length: 200_000 }, (_, store) =>
      JSON.stringify({
        store_id: `S${store}`,
        images: urls(1 + (store % 3), `img${store % 40}.example/stores/${store % 150_000}`),
      }),
    );
    tests.workspace.write('large.ndjson', stores.join('\n'));
    const began = performance.now();
    const { code, stdout } = await plan(['-c', '10000', 'large.ndjson']);
    // About 1 s; the rest is for other work on the machine.
    expect(performance.now() - began).toBeLessThan(3 * SOON_MS);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(25);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain('\n  images     399,999\n');
    expect(stdout).toContain('\n             … and 30 more hosts\n');
  });
});
