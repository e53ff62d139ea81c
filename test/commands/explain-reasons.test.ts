import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { fieldOf, proposals, setUpExplain } from '../support/explained.ts';
import { findClosedPort } from '../support/fault-server.ts';
import { keptJobs, parseResults } from '../support/kept.ts';
import { type Listener, listen } from '../support/listener.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { explain, explainAlone, png, runStores } = setUpExplain(runs, kept);

/** Runs a job of this one image; it is tried once. */
const runImage = (url: string, ...args: string[]) =>
  runStores([{ store_id: 'S1', images: [url] }], ['--retries', '0', ...args]);

const RESUME = 'imgjob resume spring-audit --retry-failed';

/** The reasons that the journal has, in its order. */
const reasons = () =>
  [...kept.journal('spring-audit').matchAll(/"reason":"([a-z-]+)"/g)].map(([, reason]) => reason);

/** The journal as it was written before faults had reasons. */
const forgetReasons = () =>
  kept.writeJournal(
    'spring-audit',
    kept.journal('spring-audit').replaceAll(/"reason":"[a-z-]+",/g, ''),
  );

async function withServer<T>(answer: string, use: (server: Listener) => Promise<T>): Promise<T> {
  const server = await listen(
    createServer((socket) => void socket.once('data', () => answer && socket.end(answer))),
  );
  return use(server).finally(server.close);
}

const explainThrough = (answer: string, url: string, ...args: string[]) =>
  withServer(answer, async ({ port }) => {
    const manifest = { job_id: 'spring-audit', stores: [{ store_id: 'S1', images: [url] }] };
    const path = runs.workspace.write('m.json', manifest);
    const proxy = `http://127.0.0.1:${port}`;
    const env = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
    await runs.run(['--retries', '0', '-o', 'out.json', ...args, path], { env });
    return explain('spring-audit', 'S1');
  });

describe('advice goes by what happened, not by what a message reads like', () => {
  it('a connection that took 407 ms needs no password of a proxy', async () => {
    await withServer('', async ({ port }) => {
      await runImage(`https://127.0.0.1:${port}/a.png`, '--connect-timeout', '407ms');
    });
    const said = await explain('spring-audit', 'S1');
    expect(fieldOf(said, 'why')).toContain('could not connect within 0.407 s');
    expect(proposals(said)).toEqual([`${RESUME} --connect-timeout 814ms`]);
    expect(said).not.toContain('PROXY');
  });

  it('a proxy that asks for a password does', async () => {
    const said = await explainThrough(
      'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
      'https://cdn.example/a.png',
    );
    expect(fieldOf(said, 'change')).toContain('into HTTP_PROXY or HTTPS_PROXY');
    expect(reasons()).toEqual(['proxy-auth']);
  });

  it('a proxy that lets nobody through to a host called 407 does not', async () => {
    const said = await explainThrough('HTTP/1.1 503 Busy\r\n\r\n', 'https://cdn-407.example/a.png');
    expect(fieldOf(said, 'why')).toBe('connect: the proxy answered 503 (cdn-407.example)');
    expect(fieldOf(said, 'change')).toMatch(/^see why the proxy refuses/);
  });

  it('a port that refuses needs no more time, also one that begins with 407', async () => {
    await runImage(`http://127.0.0.1:${await findClosedPort()}/407/open files`);
    expect(proposals(await explain('spring-audit', 'S1'))).toEqual([`${RESUME} --retries 5`]);
  });

  it('a name that holds an option was refused by the option that refused it', async () => {
    const said = await explainThrough('', 'http://a--deny-host.localhost/a.png', '--deny-private');
    expect(fieldOf(said, 'why')).toContain('--deny-host.localhost is not a name of the public');
    expect(fieldOf(said, 'change')).toBe('leave out --deny-private:');
    await runImage('http://x--allow-host.example/a.png', '--deny-host', '*.example', '--force');
    const denied = await explain('spring-audit', 'S1');
    expect(fieldOf(denied, 'change')).toBe('leave out the --deny-host it matches:');
  });

  it('a host that is not allowed is to be allowed beside the others', async () => {
    await runImage('http://x--deny-host.example/a.png', '--allow-host', 'cdn.example');
    expect(proposals(await explain('spring-audit', 'S1'))).toEqual([
      `${RESUME} --allow-host cdn.example --allow-host x--deny-host.example`,
    ]);
  });

  it('what lies behind a redirect is no mistake of the manifest', async () => {
    const elsewhere = runs.server.address.replace('127.0.0.1', 'localhost');
    for (const to of ['file:///etc/passwd', 'http://', `${elsewhere}/status/404`]) {
      await runImage(runs.at(`/redirect-to?url=${to}`), '--force');
      expect(fieldOf(await explain('spring-audit', 'S1'), 'change')).toMatch(/^have the redirect/);
    }
    await runImage('redirected: http://cdn.example/a.png', '--force');
    expect(fieldOf(await explain('spring-audit', 'S1'), 'change')).toMatch(/^correct the URL/);
  });
});

describe('the limits that advice doubles', () => {
  it('are those that held when the image failed', async () => {
    const stores = [
      { store_id: 'S1', images: [runs.at('/stall')] },
      { store_id: 'S2', images: [png('1x1')] },
    ];
    const path = runs.workspace.write('m.json', { job_id: 'spring-audit', stores });
    const args = [
      '--timeout',
      '1500ms',
      '--stall-timeout',
      '250ms',
      '--retries',
      '0',
      '--sleep',
      '1h',
    ];
    await runs.run([...args, '--progress', 'json', '-o', 'out.json', path], {
      onStart: (child) =>
        child.stderr?.on('data', (text) => {
          if (String(text).includes('"image_finished"')) child.kill('SIGINT');
        }),
    });
    const more = ['--timeout', '1m', '--stall-timeout', '30s', '--sleep', '0', '-o', 'out.json'];
    await kept.imgjob(['resume', 'spring-audit', ...more]);
    const said = await explain('spring-audit', 'S1');
    expect(proposals(said)).toEqual([`${RESUME} --stall-timeout 500ms`]);
    expect(fieldOf(said, 'repeat')).toContain('--max-time 1.5');
  });

  it('and those of its last try, where it was tried again', async () => {
    await runImage(runs.at('/stall'), '--timeout', '150ms');
    const longer = ['--retry-failed', '--timeout', '350ms', '-o', 'out.json'];
    await kept.imgjob(['resume', 'spring-audit', ...longer]);
    const said = await explain('spring-audit', 'S1');
    expect(proposals(said)).toEqual([`${RESUME} --timeout 700ms`]);
  });
});

describe('a reason', () => {
  it('is in the events, of each attempt, and in no results', async () => {
    const args = ['--retries', '1', '--timeout', '150ms', '--progress', 'json'];
    const { stderr } = await runImage(runs.at('/stall'), ...args);
    expect(reasons()).toEqual(['attempt-timeout', 'attempt-timeout']);
    expect(stderr.match(/"reason":"attempt-timeout"/g)).toHaveLength(2);
    const { stdout } = await kept.imgjob(['results', 'spring-audit']);
    const error = parseResults(stdout).stores[0]?.images[0]?.error;
    expect(Object.keys(error ?? {})).toEqual(['code', 'message', 'http_status', 'host']);
  });

  it('is absent where the code says all, and where an image completed', async () => {
    await runStores([{ store_id: 'S1', images: [png('1x1'), runs.at('/status/404')] }]);
    expect(kept.journal('spring-audit')).not.toContain('"reason"');
  });

  it('that no journal tells leaves all options that may help', async () => {
    await runImage(runs.at('/stall'), '--timeout', '1500ms', '--stall-timeout', '150ms');
    // The file of a job that is kept is explained as that is.
    const known = [`${RESUME} --stall-timeout 300ms`];
    expect(proposals(await explain('out.json', 'S1'))).toEqual(known);
    expect(proposals(await explainAlone('out.json', 'S1'))).toEqual([
      'run the manifest again with --stall-timeout 30s --timeout 2m',
    ]);
    forgetReasons();
    expect(proposals(await explain('spring-audit', 'S1'))).toEqual([
      `${RESUME} --stall-timeout 300ms --timeout 3s`,
    ]);
  });

  it('may be told by the options all the same: no wait for a byte ends after its attempt', async () => {
    await runImage(runs.at('/stall'), '--timeout', '150ms');
    forgetReasons();
    expect(proposals(await explain('spring-audit', 'S1'))).toEqual([`${RESUME} --timeout 300ms`]);
  });
});
