import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { keptJobs, parseResults } from '../support/kept.ts';
import { createImageRuns } from '../support/run-images.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const SECRET = 'Authorization: Bearer s3cret';

const runImages = createImageRuns(runs);
const lastHeaders = () => runs.server.requests.at(-1)?.headers ?? {};

describe('headers of one’s own', () => {
  it('are sent, and leave no trace of their values', async () => {
    const { code, stdout, stderr } = await runImages(
      [runs.at('/png/4x3')],
      ['-H', SECRET, '-H', 'X-Own:  a b ', '-H', 'accept: image/png'],
    );
    expect(code).toBe(0);
    expect(lastHeaders()).toMatchObject({
      ...{ authorization: 'Bearer s3cret', 'x-own': 'a b', accept: 'image/png' },
    });
    expect(stdout + stderr + kept.journal('one')).not.toContain('s3cret');
    expect(kept.journal('one')).toContain('"headers":["Authorization","X-Own","accept"]');
  });

  it('go to no other host than that of the image', async () => {
    const elsewhere = runs.server.address.replace('127.0.0.1', 'localhost');
    await runImages([runs.at(`/redirect-to?url=${elsewhere}/png/4x3`)], ['-H', SECRET]);
    expect(lastHeaders().host).toMatch(/^localhost/);
    expect(lastHeaders().authorization).toBeUndefined();
    await runImages([runs.at('/redirect-to?url=/png/4x3')], ['-H', SECRET]);
    expect(lastHeaders().authorization).toBe('Bearer s3cret');
  });

  it('must be given again to a resume, which names the one that is missing', async () => {
    gate.isOpen = false;
    await kept.interrupt('SIGINT', ['-H', SECRET]);
    gate.isOpen = true;
    const resume = (args: string[]) =>
      runCli(['resume', 'spring-audit', '-o', 'out.json', ...args], { cwd: runs.workspace.folder });
    const { code, stderr } = await resume([]);
    expect(code).toBe(2);
    expect(stderr).toContain('spring-audit was started with the header Authorization');
    expect((await resume(['-H', SECRET])).code).toBe(0);
    expect(lastHeaders().authorization).toBe('Bearer s3cret');
  });

  it.each(['no colon', ': value', 'Host: a', 'Content-Length: 3', 'X: a\r\nY: b', 'Ä: a'])(
    'that are none are refused: %j',
    async (header) => {
      const { code, stderr } = await runs.run(['-H', header, 'm.json']);
      expect(code).toBe(2);
      expect(stderr).toContain('--header');
    },
  );

  it('that are none are not repeated: they may be secret', async () => {
    const { stderr } = await runs.run(['-H', 'Authorization Bearer s3cret', 'm.json']);
    expect(stderr).not.toContain('s3cret');
  });

  it('are not asked for where nothing is left to fetch', async () => {
    await runImages([runs.at('/png/4x3')], ['-H', SECRET]);
    const ended = await runCli(['resume', 'one'], { cwd: runs.workspace.folder });
    expect(ended.code).toBe(0);
    expect(parseResults(ended.stdout).status).toBe('completed');
  });

  it('can name another user agent', async () => {
    await runImages([runs.at('/png/4x3')], ['--user-agent', 'shelf-audit/2']);
    expect(lastHeaders()['user-agent']).toBe('shelf-audit/2');
  });
});

describe('rules on hosts', () => {
  it.each([
    [['--deny-private'], '127.0.0.1 is not an address of the public internet'],
    [['--deny-host', '127.0.0.1'], 'the host is denied by --deny-host'],
    [['--allow-host', 'a.example', '--allow-host', '*.b.example'], 'not one of --allow-host'],
  ])('%j refuse an image without asking', async (args, message) => {
    runs.server.requests.length = 0;
    const { code, image } = await runImages([runs.at('/png/4x3')], args);
    expect(code).toBe(1);
    expect(image?.error).toMatchObject({
      ...{ code: 'blocked-address', host: runs.server.host },
      message: expect.stringContaining(message),
    });
    expect(runs.server.requests).toEqual([]);
  });

  it.each(['http://a.example', 'a.example/x', 'a b', 'user@a'])(
    'that are no names are refused: %j',
    async (pattern) => {
      const { code, stderr } = await runs.run(['--allow-host', pattern, 'm.json']);
      expect(code).toBe(2);
      expect(stderr).toContain('Expected a host like');
    },
  );
});

describe('politeness', () => {
  it('keeps to so many requests to a host at a time', async () => {
    const stores = Array.from({ length: 6 }, (_, store) => ({
      store_id: `S${store}`,
      images: [runs.at(`/png/${store + 1}x1?ms=300`)],
    }));
    const path = runs.workspace.write('m.json', { stores });
    const began = performance.now();
    const { code, stdout } = await runs.run(['--max-per-host', '1', path]);
    expect(code).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(1800);
    const images = parseResults(stdout).stores.flatMap((store) => store.images);
    // Waiting for a host is no time of the download, but of the image.
    expect(Math.max(...images.map(({ download_ms }) => Number(download_ms)))).toBeLessThan(1200);
    expect(Math.max(...images.map(({ duration_ms }) => Number(duration_ms)))).toBeGreaterThan(1500);
  });

  it.each(['20', '0/s', 'x/s', '20/d'])('needs a rate with its time: %s', async (rate) => {
    const { code, stderr } = await runs.run(['--rate', rate, 'm.json']);
    expect(code).toBe(2);
    expect(stderr).toContain('Expected a rate like 20/s');
  });

  it('keeps to a rate', async () => {
    const { stdout } = await runImages(
      Array.from({ length: 6 }, (_, image) => runs.at(`/png/${image + 1}x2`)),
      ['--rate', '20/s'],
    );
    expect(parseResults(stdout).duration_ms).toBeGreaterThanOrEqual(240);
  });
});

it('a job keeps how hosts were reached, for a resume', async () => {
  const path = runs.workspace.write('m.json', runs.goodManifest('good'));
  const args = ['--rate', '90/m', '--max-per-host', '4', '--allow-host', '127.0.0.1'];
  await runs.run([...args, '-o', 'out.json', path]);
  const [first = ''] = kept.journal('good').split('\n');
  expect(JSON.parse(first).options).toMatchObject({
    ...{ rate: 1.5, max_per_host: 4, allow_hosts: ['127.0.0.1'], deny_private: false },
  });
  expect(readFileSync(runs.workspace.path('out.json'), 'utf8')).toContain('"completed"');
});
