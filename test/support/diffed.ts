import { expect } from 'vitest';
import { runShell } from './cli.ts';
import { keptJobs } from './kept.ts';
import { setUpRuns } from './runs.ts';

type StoreText = { store_id: string; images: string[] };

/** What tests of `imgjob diff` share. */
export function setUpDiff() {
  const runs = setUpRuns();
  const kept = keptJobs(runs);
  const { imgjob } = kept;
  return {
    runs,
    kept,
    imgjob,
    inShell: (script: string) => runShell(script, { cwd: runs.workspace.folder }),
    oneStore: (...images: string[]): StoreText[] => [{ store_id: 'S1', images }],
    png: (size: string) => runs.at(`/png/${size}`),
    /** The URL of an image that fails the first time it is asked for. */
    failsOnce: (name: string) => runs.at(`/flaky/1?of=${name}&status=500`),

    /** Runs a job of these stores; its results are in a file of that name. */
    async runStores(output: string, stores: StoreText[], args: string[] = []) {
      const path = runs.workspace.write('m.json', { job_id: 'spring-audit', stores });
      return runs.run(['--retries', '0', '-o', output, ...args, path]);
    },

    /** What a comparison found, which must be possible. */
    async diffJson(...args: string[]) {
      const { code, stdout, stderr } = await imgjob(['diff', '--json', ...args]);
      expect(stderr).toBe('');
      return { code, found: JSON.parse(stdout) };
    },
  };
}
