import { existsSync } from 'node:fs';
import { copyFile, type FileHandle, link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { ImgjobError, reasonOf, systemCode } from '../errors.ts';
import { makeFolder } from '../files/make-folder.ts';
import { syncPath } from '../files/sync.ts';
import { JOB_ID } from '../job-id.ts';
import { MANIFEST_FORMS, type ManifestForm } from '../manifest/format.ts';
import { showText } from '../terminal/prose.ts';

/** Only the user who runs a job may read what is kept of it. */
const FOLDER_MODE = 0o700;

type Surroundings = {
  env: Record<string, string | undefined>;
  platform: NodeJS.Platform;
  home: string;
};

/**
 * Where jobs are kept unless it is said: `$XDG_STATE_HOME/imgjob` (XDG Base
 * Directory Specification 0.8; a relative one counts as unset), else the
 * platform's own place.
 */
export function defaultStateFolder({ env, platform, home }: Surroundings): string {
  const { XDG_STATE_HOME: state = '', LOCALAPPDATA: local = '' } = env;
  if (isAbsolute(state)) return join(state, 'imgjob');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'imgjob');
  if (platform === 'win32') return join(local || join(home, 'AppData', 'Local'), 'imgjob');
  return join(home, '.local', 'state', 'imgjob');
}

/** The files that keep one job. */
export type JobFiles = {
  folder: string;
  journal: string;
  /** The manifest as it was given, in any of its forms; one of these is there. */
  manifest: Record<ManifestForm, string>;
  /** How it was handed in, where a server has accepted it. */
  submission: string;
};

export function jobFiles(folder: string): JobFiles {
  return {
    folder,
    journal: join(folder, 'journal.ndjson'),
    manifest: {
      json: join(folder, 'manifest.json'),
      ndjson: join(folder, 'manifest.ndjson'),
      csv: join(folder, 'manifest.csv'),
      tsv: join(folder, 'manifest.tsv'),
      urls: join(folder, 'manifest.txt'),
    },
    submission: join(folder, 'submission.json'),
  };
}

/** The files of a job of a state folder, as its id is spelled there. */
export function filesOf(state: string, job_id: string): JobFiles {
  return jobFiles(join(state, 'jobs', job_id));
}

/** The files of the run before the last one. */
export function previousFiles({ folder }: JobFiles): JobFiles {
  return jobFiles(join(folder, 'previous'));
}

/** The lock of a job stands outside its folder, so that it holds while that is made or removed. */
export function lockPath(state: string, job_id: string): string {
  return join(state, 'locks', `${job_id.toLowerCase()}.lock`);
}

/** The lock of the one server that may have a state folder. */
export function serverLockPath(state: string): string {
  return join(state, 'serve.lock');
}

/** Makes the folders of a state folder; throws `state-unwritable`. */
export async function makeStateFolder(state: string): Promise<void> {
  try {
    await makeFolder(join(state, 'jobs'), FOLDER_MODE);
    await makeFolder(join(state, 'locks'), FOLDER_MODE);
  } catch (error) {
    throw stateUnwritable(state, error);
  }
}

export function stateUnwritable(state: string, cause: unknown): ImgjobError {
  const message = `can't write the state folder ${showText(state)}: ${reasonOf(cause)}`;
  return new ImgjobError('state-unwritable', message, { cause });
}

/** The folders of all jobs, in no order. */
export async function listJobs(state: string): Promise<JobFiles[]> {
  const names = await readdir(join(state, 'jobs')).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    const message = `can't read the state folder ${showText(state)}: ${reasonOf(error)}`;
    throw new ImgjobError('state-unreadable', message, { cause: error });
  });
  return names.filter((name) => !name.startsWith('.')).map((name) => filesOf(state, name));
}

/** Whether a job was handed in to a server, whose it is to go on with. */
export function isOfServer({ submission }: JobFiles): boolean {
  return existsSync(submission);
}

/** The form in which a job's manifest is kept. */
export function keptForm({ manifest }: JobFiles): ManifestForm {
  return MANIFEST_FORMS.find((form) => existsSync(manifest[form])) ?? 'json';
}

/** Where a job is kept, also when its id was written in another case; null where it is not. */
export async function findJob(state: string, job_id: string): Promise<JobFiles | null> {
  if (!JOB_ID.test(job_id)) return null;
  const wanted = filesOf(state, job_id);
  if (await exists(wanted.folder)) return wanted;
  const same = ({ folder }: JobFiles) => folder.toLowerCase() === wanted.folder.toLowerCase();
  return (await listJobs(state)).find(same) ?? null;
}

export type NewJob = {
  /** Where an earlier run of the job is kept; null where there is none. */
  earlier: JobFiles | null;
  form: ManifestForm;
  /** Writes the manifest to a new file. */
  copyTo(path: string): Promise<void>;
  /** Whether what is there is a run to be kept; if not, it was never started, or can't be read. */
  keepEarlier: boolean;
  /** Brings the manifest to the disk before it has its name: else a power cut can leave a name without content. */
  fsync: boolean;
  /** Throws where the job is not this process's any more: before anything is taken away. */
  check(): void;
};

/** How the name ends of what is being made, and how that of a job begins that is being removed. */
export const NEW_ENDING = '.new';
export const REMOVED = '.removed-';

/**
 * Makes the place of a job that starts and puts its manifest there. The
 * earlier run becomes the previous one: it is in both places before it is
 * taken from the first, so that no moment of this can lose it.
 */
export async function makeJobFolder(
  state: string,
  job_id: string,
  { earlier, form, copyTo, keepEarlier, fsync, check }: NewJob,
): Promise<JobFiles> {
  const files = filesOf(state, job_id);
  check();
  if (earlier && earlier.folder !== files.folder) await rename(earlier.folder, files.folder);
  await makeFolder(files.folder, FOLDER_MODE);
  const copy = join(files.folder, `manifest${NEW_ENDING}`);
  if (earlier) await rm(copy, { force: true });
  try {
    await copyTo(copy);
    if (fsync) await syncPath(copy);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
  check();
  if (keepEarlier) await keepAsPrevious(files);
  check();
  if (earlier) {
    await rm(files.journal, { force: true });
    for (const path of Object.values(files.manifest)) await rm(path, { force: true });
    await rm(files.submission, { force: true });
  }
  check();
  await rename(copy, files.manifest[form]);
  return files;
}

/**
 * A new and empty journal, open for appending and reading. A full disk shows
 * at the first byte: here, and not when the job has started. It has no name
 * yet, so that a kill leaves no journal of one byte.
 */
export async function openNewJournal({ journal }: JobFiles): Promise<FileHandle> {
  const path = `${journal}${NEW_ENDING}`;
  await rm(path, { force: true });
  const file = await open(path, 'ax+', 0o600);
  try {
    await file.write('\n');
    await file.truncate();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Gives a new journal its name: from now on the job has begun. The check is that of `NewJob`. */
export async function nameJournal({ journal }: JobFiles, check: () => void): Promise<void> {
  check();
  // The earlier one is gone: one that is there is somebody else's.
  if (await exists(journal)) throw new Error('another process has started the job');
  await rename(`${journal}${NEW_ENDING}`, journal);
}

async function keepAsPrevious(files: JobFiles): Promise<void> {
  const next = jobFiles(join(files.folder, `previous${NEW_ENDING}`));
  const previous = previousFiles(files);
  await rm(next.folder, { recursive: true, force: true });
  await makeFolder(next.folder, FOLDER_MODE);
  await duplicate(files.journal, next.journal);
  for (const form of MANIFEST_FORMS) {
    if (await exists(files.manifest[form])) {
      await duplicate(files.manifest[form], next.manifest[form]);
    }
  }
  await rm(previous.folder, { recursive: true, force: true });
  await rename(next.folder, previous.folder);
}

/** A second name for a file; a copy where the file system knows no links. */
async function duplicate(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

/** Removes a job: in one step from the list, then from the disk. */
export async function removeJob(state: string, files: JobFiles): Promise<void> {
  const gone = join(state, 'jobs', `${REMOVED}${process.pid}-${Date.now()}`);
  await rename(files.folder, gone);
  await rm(gone, { recursive: true, force: true });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
