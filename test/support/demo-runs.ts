import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type CliResult, createWorkspace, runCli, runShell, type Workspace } from './cli.ts';

const DEMO = new URL('../../fixtures/demo/', import.meta.url);

/** The third image of S0002 needs a second attempt in each run. */
const FLAKY = '?11';
/** On Tuesday the last image of S0003 is gone, and the first of S0001 is another one. */
const TUESDAY: Record<string, string> = { '?30': 'gone', '?1': 'shelf-progressive.jpg' };

/**
 * What the README and its pages tell of, for a whole test file: a folder with `manifest.json`,
 * which is the demo's under the names `spring-audit` and `cdn.example`, and with
 * what two runs of it wrote: `monday.json`, `tuesday.json`, `junit.xml`, `summary.md`.
 */
export function setUpDemoRuns() {
  let workspace: Workspace | undefined;
  let answers: Record<string, string> = {};
  let asked = 0;
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://cdn.example');
    if (search === FLAKY && asked++ % 2 === 0) return response.writeHead(503).end();
    const name = answers[search] ?? basename(pathname);
    if (name === 'gone') return response.writeHead(404).end();
    return response.end(readFileSync(new URL(`images/${name}`, DEMO)));
  });
  const context = {
    get workspace(): Workspace {
      if (!workspace) throw new Error('the runs have not begun yet');
      return workspace;
    },
    /** A script in that folder, without sleep, with the server in the place of cdn.example. */
    shell: (script: string): Promise<CliResult> => runShell(script, settings()),
  };
  /** The server is the proxy: so its URLs are the same each time. */
  const settings = () => {
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const env = { HTTP_PROXY: `http://127.0.0.1:${port}`, IMGJOB_SLEEP: '0' };
    return { cwd: context.workspace.folder, env };
  };
  const run = async (...args: string[]) => {
    const { code, stderr } = await runCli(['run', '-q', 'manifest.json', ...args], settings());
    if (code !== 1) throw new Error(`one store was to fail: ${stderr}`);
  };
  beforeAll(async () => {
    workspace = createWorkspace();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const demo = readFileSync(new URL('manifest.json', DEMO), 'utf8');
    const manifest = demo
      .replace('"demo"', '"spring-audit"')
      .replaceAll('demo.invalid', 'cdn.example');
    workspace.write('manifest.json', manifest);
    await run('-o', 'monday.json', '--digest');
    answers = TUESDAY;
    await run('-o', 'tuesday.json', '--digest', '--junit', 'junit.xml', '--summary', 'summary.md');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    workspace?.remove();
  });
  return context;
}
