import { basename } from 'node:path';
import { EXIT } from '../errors.ts';
import { print } from '../files/print.ts';
import { JOB_ID } from '../job-id.ts';
import { locateState } from '../state/locate.ts';
import { listJobs } from '../state/state-folder.ts';
import { completionScript, type Shell } from '../terminal/completion-scripts.ts';
import { showText } from '../terminal/prose.ts';

/** What may stand where the cursor is. */
export type Completing = {
  values: [value: string, description: string][];
  /** Whether the ids of kept jobs fit too. */
  jobs: boolean;
  /** What else fits: `files`, `folders` or `none`. */
  rest: string;
  stateDir?: string;
};

/**
 * `imgjob completion <shell>`: a script that completes words, or where it asks
 * for them the words that fit, a line each. Answers 0.
 */
export async function completion(shell: Shell, asked: Completing | null): Promise<number> {
  if (asked) await print(await linesOf(asked));
  else await print(completionScript(shell));
  return EXIT.ok;
}

async function linesOf({ values, jobs, rest, stateDir }: Completing): Promise<string> {
  const ids = jobs ? await jobIds(stateDir) : [];
  const lines = [...values, ...ids.map((id) => [id, ''] as const)].map(
    ([value, description]) => `${value}\t${showText(description)}\n`,
  );
  return `${lines.join('')}:${rest}\n`;
}

/** None where they can't be read: this is no place to say so. */
async function jobIds(stateDir: string | undefined): Promise<string[]> {
  const { env } = process;
  try {
    const { folder } = locateState(stateDir ?? env.IMGJOB_STATE_DIR, env);
    const jobs = await listJobs(folder);
    return jobs.map((files) => basename(files.folder)).filter((id) => JOB_ID.test(id));
  } catch {
    return [];
  }
}
