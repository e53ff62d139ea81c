import { mkdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { createWorkspace, runNode } from '../support/cli.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('a program that is bundled with the library in it', () => {
  const workspace = createWorkspace();
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server.close();
    workspace.remove();
  });

  it('needs nothing but itself, and says imgjob’s version to servers', async () => {
    mkdirSync(workspace.path('node_modules'));
    const root = fileURLToPath(new URL('../..', import.meta.url));
    symlinkSync(root, workspace.path('node_modules/imgjob'));
    // Another package's: what the library said when it read the file beside itself.
    workspace.write('package.json', { name: 'shelf-audit', version: '9.9.9', type: 'commonjs' });
    const program = workspace.write('program.mts', PROGRAM);
    const outfile = workspace.path('bundle/program.js');
    // The CommonJS of jsonc-parser is of a kind that no bundler can follow.
    const mainFields = ['module', 'main'];
    const bundle = { bundle: true, platform: 'node', target: 'node20', mainFields } as const;
    await build({ ...bundle, entryPoints: [program], outfile, logLevel: 'error' });

    const url = `${server.address}/png/8x6`;
    const { stdout, stderr } = await runNode([outfile, url], { cwd: workspace.path('bundle') });
    expect({ stdout, stderr }).toEqual({ stdout: 'completed 8x6\n', stderr: '' });
    expect(server.requests.at(-1)?.headers['user-agent']).toBe(`imgjob/${VERSION}`);
    const bad = await runNode([outfile], { cwd: workspace.path('bundle') });
    expect(bad.stdout).toBe('manifest-invalid\n');
  });
});

const PROGRAM = `import { readManifest, runJob } from 'imgjob';
async function main(url: string) {
  const images = url === '' ? [7] : [url];
  const manifest = await readManifest({ stores: [{ store_id: 'S1', images }] });
  const { status, stores } = await runJob(manifest, { sleep_ms: 0 }).results;
  const image = stores[0]?.images[0];
  console.log(status, image?.width + 'x' + image?.height);
}
main(process.argv[2] ?? '').catch((error) => console.log(error.code));
`;
