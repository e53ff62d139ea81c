import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { followJob } from '../../src/client/follow-job.ts';
import { createServerClient } from '../../src/client/server-client.ts';
import { runCli } from '../support/cli.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const ESCAPE = '\u001b]0;owned\u0007';
const STREAM = { 'content-type': 'text/event-stream' };

/** Twenty megabytes. */
const LARGE = Array.from({ length: 200 }, (_, index) => {
  const images = [`https://cdn.example/${'x'.repeat(2000)}`];
  return `${JSON.stringify({ store_id: `S${index}`, images: Array(50).fill(images[0]) })}\n`;
}).join('');

/** A server that is not ours, or means harm. */
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  answer(request, response);
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  asked.length = 0;
});

const imgjob = (args: string[], options: Partial<Parameters<typeof runCli>[1]> = {}) =>
  runCli(args, { cwd: runs.workspace.folder, env: { IMGJOB_SERVER: url }, ...options });

const entry = (job_id: string, state = 'queued') => ({
  ...{ job_id, status: 'ongoing', state, stores: 1, images: 2 },
  ...{ started_at: null, duration_ms: 0, runner: null, warnings: [] },
});

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Takes a job, and then answers for its events. */
function takeJob(events: typeof answer): typeof answer {
  return (request, response) => {
    if (request.method !== 'POST') return events(request, response);
    request.resume().once('end', () => answerJson(response, 201, entry('taken')));
  };
}

const manifest = () => runs.workspace.write('m.json', runs.goodManifest());

describe('a server that means harm', () => {
  it.each([
    ['../../outside', 'queued'],
    ['good', `queued${ESCAPE}`],
  ])('can’t have a job called %j that is %j', async (job_id, state) => {
    answer = (request, response) => {
      request.resume().once('end', () => answerJson(response, 201, entry(job_id, state)));
    };
    const { code, stdout, stderr } = await imgjob(['submit', manifest()]);
    expect([code, stdout, stderr]).toEqual([
      ...[3, '', 'imgjob: the server there is not an imgjob server\n'],
    ]);
  });

  it('can’t fill memory: an answer that does not end is none, nor is one that nests without end', async () => {
    answer = (_, response) => {
      const block = '['.repeat(2 ** 20);
      const send = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', send);
      send();
    };
    const endless = await imgjob(['status', 'good']);
    answer = (_, response) => response.end('['.repeat(31 * 2 ** 20));
    const deep = await imgjob(['status', 'good']);
    for (const { code, stderr } of [endless, deep]) {
      expect([code, stderr]).toEqual([3, 'imgjob: the server there is not an imgjob server\n']);
    }
  });

  it('puts nothing on the terminal but text', async () => {
    answer = (_, response) => response.end(`{"x": "${ESCAPE}\u009b2J"}`);
    const { stdout } = await imgjob(['results', 'good']);
    expect(stdout).toBe('{"x": "\\u001b]0;owned\\u0007\\u009b2J"}');
    const none = await imgjob(['results', '../..']);
    expect([none.code, none.stderr, asked.length]).toEqual([
      2,
      'imgjob: there is no job ../..\n',
      1,
    ]);
  });
});

describe('a large manifest', () => {
  it.each([
    [413, 'body-too-large', 2],
    [503, 'stopped', 3],
  ])('that is refused with %i while it is sent ends with what was said', async (...expected) => {
    const [status, code, exitCode] = expected;
    answer = (_, response) => answerJson(response, status, { code, detail: 'not now' });
    const path = runs.workspace.write('large.ndjson', LARGE);
    const answered = await imgjob(['submit', path]);
    expect([answered.code, answered.stderr]).toEqual([
      ...[exitCode, `imgjob: the server answers ${status}: not now\n`],
    ]);
  });
});

describe('a server that tells nothing of a job', () => {
  it('is not asked all the time, and Ctrl-C ends that at once', async () => {
    answer = takeJob((_, response) => response.writeHead(200, STREAM).end());
    const begun = performance.now();
    const { code, stderr } = await imgjob(['submit', '--wait', '-o', 'o.json', manifest()], {
      onStart: (child) =>
        void expect
          .poll(() => asked.length)
          .toBe(3)
          .then(() => child.kill('SIGINT')),
    });
    expect([code, stderr]).toEqual([130, expect.stringContaining('the server goes on with taken')]);
    expect(stderr).not.toContain('Warning');
    expect(asked.length / ((performance.now() - begun) / 1000)).toBeLessThan(4);
  });

  it('is none of ours where it answers with something else', async () => {
    answer = takeJob((_, response) => answerJson(response, 200, {}));
    const { code, stderr } = await imgjob(['submit', '--wait', '-o', 'o.json', manifest()]);
    expect([code, stderr]).toEqual([3, expect.stringContaining('is not an imgjob server')]);
  });

  it('is given up when it does not answer, and asked again when its stream is silent', async () => {
    const hasty = createServerClient({ url, token: null, answer_ms: 200, silence_ms: 200 });
    answer = () => {};
    await expect(hasty.ask('/healthz')).rejects.toMatchObject({
      code: 'server-unreachable',
      message: expect.stringContaining(`the server ${url} does not answer: nothing came in `),
    });
    const before = asked.length;
    answer = (request, response) => {
      if (request.headers['last-event-id'] === 'a-1') response.writeHead(204).end();
      else response.writeHead(200, STREAM).write('id: a-1\ndata: {}\n\n');
    };
    // A busy machine takes its time for an answer.
    const client = createServerClient({ url, token: null, answer_ms: 30_000, silence_ms: 1000 });
    const told = [];
    for await (const one of followJob(client, 'good', new AbortController().signal)) told.push(one);
    expect([told, asked.length - before]).toEqual([[], 2]);
  });
});
