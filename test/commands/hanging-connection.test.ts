import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createWorkspace, runCli, type Workspace } from '../support/cli.ts';
import { SOON_MS } from '../support/times.ts';

/** A server that is stopped with its queue full: the system answers no further connection. */
const SERVER = `const s=require('net').createServer();s.listen({port:0,host:'127.0.0.1',backlog:1},()=>console.log(s.address().port))`;
const FILLERS = 6;

let server: ChildProcess;
let port = 0;
const fillers: Socket[] = [];
let workspace: Workspace;

beforeAll(async () => {
  server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!server.stdout) throw new Error('no output');
  const [text] = await once(server.stdout, 'data');
  port = Number(text);
  server.kill('SIGSTOP');
  for (let count = 0; count < FILLERS; count += 1) {
    fillers.push(connect(port, '127.0.0.1').on('error', () => {}));
  }
});
afterAll(() => {
  for (const socket of fillers) socket.destroy();
  server.kill('SIGKILL');
});
beforeEach(() => {
  workspace = createWorkspace();
  return () => workspace.remove();
});

it('a connection that hangs keeps neither a stopped run nor its process', async () => {
  const images = [`http://127.0.0.1:${port}/a.png`];
  const manifest = workspace.write('m.json', { stores: [{ store_id: 'S1', images }] });
  let stopped = 0;
  const { code } = await runCli(
    ['run', '--no-state', '--connect-timeout', '60s', '--progress', 'json', manifest],
    {
      cwd: workspace.folder,
      onStart: (child) =>
        child.stderr?.on('data', (text) => {
          if (!String(text).includes('"image_started"')) return;
          // Not before the connection is under way.
          setTimeout(() => {
            stopped = performance.now();
            child.kill('SIGINT');
          }, 300);
        }),
    },
  );
  expect(code).toBe(130);
  expect(performance.now() - stopped).toBeLessThan(SOON_MS);
});
