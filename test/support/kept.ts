import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import type { z } from 'zod';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { type CliOptions, type CliResult, runCli } from './cli.ts';
import { resealed } from './journal-file.ts';
import type { setUpRuns } from './runs.ts';
import { gate } from './server.ts';

type Runs = ReturnType<typeof setUpRuns>;

/** What tests of jobs that outlive their process share; when a test begins, /gate is closed and nothing was asked for. */
export function keptJobs(runs: Runs) {
  beforeEach(() => {
    gate.isOpen = false;
    runs.server.requests.length = 0;
  });
  const jobPath = (job_id: string, name: string) =>
    join(runs.workspace.state, 'jobs', job_id, name);
  return {
    /** The program in the test's folder, with its state folder. */
    imgjob: (args: string[], options: CliOptions = {}) =>
      runCli(args, { cwd: runs.workspace.folder, ...options }),
    /** Paths that were asked for since the test began, or the list was emptied. */
    requested: () => runs.server.requests.map(({ path }) => path),
    readOutput: (name = 'out.json') =>
      parseResults(readFileSync(runs.workspace.path(name), 'utf8')),
    journal: (job_id: string) => readFileSync(jobPath(job_id, 'journal.ndjson'), 'utf8'),
    /** Puts a journal in the place of the one there; whatever was changed in its lines was written so. */
    writeJournal: (job_id: string, text: string) =>
      writeFileSync(jobPath(job_id, 'journal.ndjson'), resealed(text)),
    /** As a kill between a job's end and its results leaves it. */
    forgetDelivery(job_id: string) {
      const whole = this.journal(job_id);
      this.writeJournal(job_id, whole.replace(/.*"type":"results_delivered".*\n/, ''));
    },
    has: (job_id: string, name = 'journal.ndjson') => existsSync(jobPath(job_id, name)),
    manifest: (job_id: string) => readFileSync(jobPath(job_id, 'manifest.json'), 'utf8'),

    /** Two stores: one goes through at once, one hangs at its third image until it is stopped. */
    hangingManifest(job_id = 'spring-audit') {
      const good = (image: string) => runs.at(`/png/${image}`);
      return {
        job_id,
        stores: [
          { store_id: 'S1', images: [good('1x1'), good('2x2')] },
          { store_id: 'S2', images: [good('3x3'), good('4x4'), runs.at('/gate'), good('5x5')] },
        ],
      };
    },

    /** Starts that job and does something to it as soon as all but the hanging images are done. */
    whenItHangs: (act: (child: ChildProcess) => void) => (child: ChildProcess) => {
      let finished = 0;
      child.stderr?.on('data', (text) => {
        const before = finished;
        finished += String(text).split('"image_finished"').length - 1;
        if (before < 4 && finished >= 4) act(child);
      });
    },

    /** Runs that job and kills it there. */
    async interrupt(signal: NodeJS.Signals = 'SIGKILL', args: string[] = []): Promise<CliResult> {
      const path = runs.workspace.write('m.json', this.hangingManifest());
      return runs.run(['--progress', 'json', '-o', 'out.json', ...args, path], {
        onStart: this.whenItHangs((child) => child.kill(signal)),
      });
    },
  };
}

export type Results = z.infer<typeof resultsSchema>;

export function parseResults(text: string): Results {
  return resultsSchema.parse(JSON.parse(text));
}
