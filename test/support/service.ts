import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterEach } from 'vitest';
import { BIN, ENVIRONMENT } from './cli.ts';
import type { setUpRuns } from './runs.ts';

/** A server that runs as a process of its own. */
export type RunningService = {
  url: string;
  child: ChildProcess;
  /** What it has said so far: a line of JSON each. */
  said(): Record<string, unknown>[];
  /** Sends a signal, and answers the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
};

/** Starts `imgjob serve`, of which jobs may ask the tests' own server; each test's are ended with it. */
export function setUpServices(runs: ReturnType<typeof setUpRuns>) {
  const started: RunningService[] = [];
  afterEach(async () => {
    for (const service of started.splice(0)) await service.end('SIGKILL');
  });

  return async (args: string[] = [], env: Record<string, string> = {}): Promise<RunningService> => {
    const { folder, state } = runs.workspace;
    mkdirSync(state, { recursive: true });
    const usual = ['serve', '--port', '0', '--no-deny-private', '--sleep', '0'];
    const child = spawn(process.execPath, [BIN, ...usual, ...args], {
      cwd: folder,
      env: { ...ENVIRONMENT, IMGJOB_STATE_DIR: state, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const service = await whenListening(child);
    started.push(service);
    return service;
  };
}

function whenListening(child: ChildProcess): Promise<RunningService> {
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let text = '';
  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return ended;
  };
  const said = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line): Record<string, unknown> => JSON.parse(line));
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const [, url] = /"listening on (http:[^"]+)"/.exec(text) ?? [];
      if (url) resolve({ url, child, said, end });
    });
    void ended.then((code) => reject(new Error(`serve ended with ${code}: ${text}`)));
  });
}

/** Asks with JSON, and answers the status and the JSON that came. */
export async function ask(
  url: string,
  {
    method = 'GET',
    body,
    headers = {},
    signal,
  }: {
    method?: string;
    body?: unknown;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  } = {},
) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers,
    ...(signal ? { signal } : {}),
    ...(text === undefined ? {} : { body: text }),
  });
  const answer = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    headers: response.headers,
    text: answer,
    // What a test looks into it says itself.
    json: /json/.test(type) && !/ndjson/.test(type) ? JSON.parse(answer) : null,
  };
}
