import { appendFile, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { reasonOf } from '../errors.ts';
import { followed } from '../files/links.ts';
import { openAsStream } from '../files/open-output.ts';
import { fileSource } from '../files/seekable.ts';
import type { ManifestFormat } from '../manifest/format.ts';
import type { JobAnnotations } from '../reports/annotations.ts';
import type { Reducer } from '../results/reducer.ts';
import type { SlowestStore } from '../results/slowest-store.ts';
import { createLog, type Talk } from '../terminal/log.ts';
import type { BatchJob } from './batch-job.ts';
import type { PolicyOutcome } from './policies.ts';

type Environment = Record<string, string | undefined>;

/** A step may write 1 MiB of summary; of more GitHub shows nothing at all. */
const MAX_SUMMARY_BYTES = 1_000_000;

/** What GitHub Actions is told of a job. */
export type GitHubNotes = { annotations: JobAnnotations; summary: string };

/** A run that is a step of GitHub Actions. */
export type GitHub = {
  notesOf(
    job: Pick<BatchJob, 'job' | 'path'>,
    slowest: SlowestStore | null,
    outcome: PolicyOutcome,
  ): Promise<GitHubNotes>;
  /** Tells the notes of all jobs, in the order of the manifests. `written` are the files the run wrote. */
  tell(notes: GitHubNotes[], talk: Talk, written: readonly string[]): Promise<void>;
};

/**
 * What GitHub Actions shows of a run: annotations where `GITHUB_ACTIONS` is
 * `true`, and a summary appended to the file that `GITHUB_STEP_SUMMARY` names
 * (docs.github.com, "Workflow commands for GitHub Actions"), unless the run has
 * written that file itself. Null where there is neither.
 */
export function createGitHub(env: Environment, manifestFormat: ManifestFormat): GitHub | null {
  const annotates = env.GITHUB_ACTIONS === 'true';
  const file = env.GITHUB_STEP_SUMMARY || null;
  if (!annotates && file === null) return null;
  return {
    async notesOf({ job, path }, slowest, { allowed, remarks }) {
      const { markdownOf } = await import('../reports/markdown.ts');
      const source = { path, format: manifestFormat };
      const annotations = annotates
        ? await annotate(job.reducer, source, { allowed, env })
        : { lines: [], failed: 0 };
      return { annotations, summary: markdownOf(job.reducer, slowest, remarks) };
    },
    async tell(notes, talk, written) {
      // Standard error, which the runner reads as well: standard output is for the results.
      if (annotates && talk.progress !== 'json') {
        const { annotationLines } = await import('../reports/annotations.ts');
        const lines = annotationLines(notes.map(({ annotations }) => annotations));
        for (const line of lines) process.stderr.write(`${line}\n`);
      }
      if (file !== null && !(await isAmong(file, written))) {
        await appendSummaries(file, notes, talk);
      }
    },
  };
}

async function isAmong(file: string, written: readonly string[]): Promise<boolean> {
  const targets = await Promise.all([file, ...written].map((path) => followed(path)));
  return targets.indexOf(targets[0] ?? '', 1) !== -1;
}

/** Nobody asked for it by name: that it can't be written is a warning. */
async function appendSummaries(file: string, notes: GitHubNotes[], talk: Talk): Promise<void> {
  const before = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  const texts = notes.map(({ summary }) => summary);
  // What is there may end within a line.
  const text = `${before > 0 ? '\n' : ''}${whatFits(texts, MAX_SUMMARY_BYTES - before)}`;
  await append(file, text).catch((error: unknown) => {
    createLog(talk)(`warning: can't write to GITHUB_STEP_SUMMARY: ${reasonOf(error)}`);
  });
}

/** Nobody is waited for who reads it. */
async function append(file: string, text: string): Promise<void> {
  const stream = await openAsStream(file, null);
  if (!stream) return appendFile(file, text);
  await stream.write(async function* () {
    yield text;
  });
}

/** The first texts, as many as there is room for, and a word on the others. */
function whatFits(texts: string[], room: number): string {
  let fitting = '';
  for (const [index, text] of texts.entries()) {
    if (Buffer.byteLength(fitting) + Buffer.byteLength(text) > room) {
      return `${fitting}\nNot shown, for want of room: ${texts.length - index} of ${texts.length} jobs\n`;
    }
    fitting += `${index > 0 ? '\n' : ''}${text}`;
  }
  return fitting;
}

async function annotate(
  reducer: Reducer,
  { path, format }: { path: string; format: ManifestFormat },
  { allowed, env }: { allowed: boolean; env: Environment },
): Promise<JobAnnotations> {
  const [{ annotationsOf, shownFailures }, { findPlaces }] = await Promise.all([
    import('../reports/annotations.ts'),
    import('../manifest/place.ts'),
  ]);
  const level = allowed ? 'warning' : 'error';
  const failures = shownFailures(reducer);
  if (failures.length === 0 || !(await canBeReadAgain(path))) {
    return annotationsOf(reducer, { file: null, places: [], level });
  }
  const places = await findPlaces(fileSource(path), format, failures);
  return annotationsOf(reducer, { file: await pathInWorkspace(path, env), places, level });
}

/** A pipe was read to its end, and to open it once more may wait forever. */
async function canBeReadAgain(path: string): Promise<boolean> {
  if (path === '-') return false;
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** A path from the root of the workspace, as GitHub has it; whole where it is not in there. */
async function pathInWorkspace(path: string, env: Environment): Promise<string> {
  const file = await followed(path);
  const inside = relative(await followed(env.GITHUB_WORKSPACE || process.cwd()), file);
  const isOutside = isAbsolute(inside) || inside.split(sep)[0] === '..';
  return isOutside ? file : inside.split(sep).join('/');
}
