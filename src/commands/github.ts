import { appendFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Fold } from '../job/results.ts';
import type { RunningJob } from './finish-jobs.ts';
import type { ManifestFormat } from './manifests.ts';
import { createSay, type Talk } from './say.ts';

type Environment = Record<string, string | undefined>;

/** What GitHub Actions is told of a job. */
export type GitHubNotes = { annotations: string[]; summary: string };

/** A run that is a step of GitHub Actions. */
export type GitHub = {
  notesOf(job: Pick<RunningJob, 'job' | 'input'>, allowed: boolean): Promise<GitHubNotes>;
  /** Tells the notes of all jobs, in the order of the manifests. */
  tell(notes: GitHubNotes[], talk: Talk): Promise<void>;
};

/**
 * What GitHub Actions shows of a run: annotations where `GITHUB_ACTIONS` is
 * `true`, and a summary appended to the file that `GITHUB_STEP_SUMMARY` names
 * (docs.github.com, "Workflow commands for GitHub Actions"). Null where there is neither.
 */
export function createGitHub(env: Environment, manifestFormat: ManifestFormat): GitHub | null {
  const annotates = env.GITHUB_ACTIONS === 'true';
  const file = env.GITHUB_STEP_SUMMARY || null;
  if (!annotates && file === null) return null;
  return {
    async notesOf({ job, input }, allowed) {
      const { markdownOf } = await import('../report/markdown.ts');
      const annotations = annotates
        ? await annotationsOf(job.fold, { ...input, format: manifestFormat }, allowed, env)
        : [];
      return { annotations, summary: markdownOf(job.fold) };
    },
    async tell(notes, talk) {
      // Standard error, which the runner reads as well: standard output is for the results.
      if (talk.progress !== 'json') {
        for (const { annotations } of notes) {
          for (const line of annotations) process.stderr.write(`${line}\n`);
        }
      }
      if (file !== null) await appendSummaries(file, notes, talk);
    },
  };
}

/** Nobody asked for it by name: that it can't be written is a warning. */
async function appendSummaries(file: string, notes: GitHubNotes[], talk: Talk): Promise<void> {
  const text = notes.map(({ summary }) => `${summary}\n`).join('');
  await appendFile(file, text).catch((error: unknown) => {
    createSay(talk)(`warning: can't write to GITHUB_STEP_SUMMARY: ${messageOf(error)}`);
  });
}

async function annotationsOf(
  fold: Fold,
  { path, format }: { path: string; format: ManifestFormat },
  allowed: boolean,
  env: Environment,
): Promise<string[]> {
  const [{ annotations, shownFailures }, { findPlaces }] = await Promise.all([
    import('../report/annotations.ts'),
    import('../manifest/place.ts'),
  ]);
  const failures = shownFailures(fold);
  if (failures.length === 0) return [];
  const places =
    path === '-' ? [] : await findPlaces({ path, stdin: process.stdin }, format, failures);
  const file = path === '-' ? null : relative(env.GITHUB_WORKSPACE || process.cwd(), resolve(path));
  return annotations(fold, { file, places, level: allowed ? 'warning' : 'error' });
}
