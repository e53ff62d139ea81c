import { expect } from 'vitest';
import { runCli, runShell } from './cli.ts';
import type { keptJobs } from './kept.ts';
import type { setUpRuns } from './runs.ts';

type StoreText = { store_id: string; images: string[] };

/** What tests of `imgjob explain` share. */
export function setUpExplain(
  runs: ReturnType<typeof setUpRuns>,
  { imgjob }: ReturnType<typeof keptJobs>,
) {
  return {
    png: (name: string) => runs.at(`/png/${name}`),

    /** Runs a job of these stores, its manifest laid out on many lines; its results are in out.json. */
    async runStores(stores: StoreText[], args: string[] = [], job_id = 'spring-audit') {
      const text = JSON.stringify({ job_id, stores }, null, 2);
      const path = runs.workspace.write('m.json', text);
      return runs.run(['--retry-delay', '1ms', '-o', 'out.json', ...args, path]);
    },

    /** What is explained, which must be possible. */
    async explain(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await imgjob(['explain', ...args]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    },

    /** The explanation of a results file whose job is not kept. */
    async explainAlone(...args: string[]): Promise<string> {
      const nowhere = { cwd: runs.workspace.folder, env: { IMGJOB_STATE_DIR: '/nowhere' } };
      const { code, stdout } = await runCli(['explain', ...args], nowhere);
      expect(code).toBe(0);
      return stdout;
    },

    inShell: (script: string) => runShell(script, { cwd: runs.workspace.folder }),
  };
}

/** The text behind a label, without the lines under it. */
export function fieldOf(said: string, label: string): string {
  return new RegExp(`^ {2}${label.padEnd(10)}(.*)$`, 'm').exec(said)?.[1] ?? '';
}

/** The commands that are proposed. */
export function proposals(said: string): string[] {
  return (
    said.match(/^ {14}(?:imgjob |run the manifest again).*$/gm)?.map((line) => line.trim()) ?? []
  );
}
