import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type CliOptions, createWorkspace, runCli, type Workspace } from './cli.ts';
import { startServer, type TestServer } from './server.ts';

/** What tests of `imgjob run` share: a server for the file, and a folder for each test. */
export function setUpRuns() {
  let server: TestServer | undefined;
  let workspace: Workspace | undefined;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.close());
  beforeEach(() => {
    workspace = createWorkspace();
    return () => workspace?.remove();
  });

  const context = {
    get server(): TestServer {
      if (!server) throw new Error('the server has not started yet');
      return server;
    },
    get workspace(): Workspace {
      if (!workspace) throw new Error('no test runs');
      return workspace;
    },
    at: (path: string) => context.server.address + path,
    /** `imgjob run --sleep 0 …` in the test's folder. */
    run: (args: string[], options: CliOptions = {}) =>
      runCli(['run', '--sleep', '0', ...args], { cwd: context.workspace.folder, ...options }),
    /** A good store, one that fails at its second image of three, and an empty one. */
    mixedManifest: (job_id = 'spring-audit') => ({
      job_id,
      stores: [
        { store_id: 'S0001', images: [context.at('/png/640x480'), context.at('/png/3x5')] },
        {
          store_id: 'S0002',
          images: [context.at('/png/2x2'), context.at('/status/404'), context.at('/png/1x1')],
        },
        { store_id: 'S0003', images: [] },
      ],
    }),
    /** One store of so many good images. */
    goodManifest(job_id = 'good', images = 2) {
      const urls = Array.from({ length: images }, (_, index) => context.at(`/png/${index + 1}x1`));
      return { job_id, stores: [{ store_id: 'S1', images: urls }] };
    },
  };
  return context;
}
