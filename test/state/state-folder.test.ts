import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  defaultStateFolder,
  findJob,
  listJobs,
  makeJobFolder,
  makeStateFolder,
  previousFiles,
  removeJob,
} from '../../src/state/state-folder.ts';
import { setUpJournalFiles } from '../support/journal-file.ts';

const files = setUpJournalFiles();

async function createState(): Promise<string> {
  const state = join(files.folder(), 'state');
  await makeStateFolder(state);
  return state;
}

/** Makes the place of a job whose files hold a text that tells its runs apart. */
async function make(state: string, job_id: string, text: string, form: 'json' | 'ndjson' = 'json') {
  const earlier = await findJob(state, job_id);
  const job = await makeJobFolder(state, job_id, {
    ...{ form, earlier, fsync: false, check() {} },
    keepEarlier: earlier !== null,
    copyTo: async (path) => writeFileSync(path, text, { mode: 0o600 }),
  });
  writeFileSync(job.journal, text, { mode: 0o600 });
  return job;
}

const read = (path: string) => readFileSync(path, 'utf8');

describe('the state folder', () => {
  const home = '/home/ann';
  it.each([
    [{ XDG_STATE_HOME: '/x' }, 'linux', '/x/imgjob'],
    [{}, 'linux', '/home/ann/.local/state/imgjob'],
    [{ XDG_STATE_HOME: '' }, 'linux', '/home/ann/.local/state/imgjob'],
    [{ XDG_STATE_HOME: 'relative' }, 'linux', '/home/ann/.local/state/imgjob'],
    [{}, 'darwin', '/home/ann/Library/Application Support/imgjob'],
    [{ XDG_STATE_HOME: '/x' }, 'darwin', '/x/imgjob'],
    [{ LOCALAPPDATA: '/local' }, 'win32', '/local/imgjob'],
  ] as const)('is with %j on %s %s', (env, platform, folder) => {
    expect(defaultStateFolder({ env, platform, home })).toBe(folder);
  });

  it('and all in it is for its user alone', async () => {
    const state = await createState();
    const job = await make(state, 'spring', 'x');
    for (const folder of [state, join(state, 'jobs'), join(state, 'locks'), job.folder]) {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }
    for (const file of readdirSync(job.folder)) {
      expect(statSync(join(job.folder, file)).mode & 0o777).toBe(0o600);
    }
  });

  it.each([
    ['/dev/null/state', 'a part of the path is not a folder'],
    ['/proc/none/state', 'the folder does not exist'],
  ])('that can’t be made (%s) is an error that says why', async (state, reason) => {
    await expect(makeStateFolder(state)).rejects.toMatchObject({
      code: 'state-unwritable',
      message: `can't write the state folder ${state}: ${reason}`,
    });
  });
});

describe('a job in the state folder', () => {
  it('is found by its id in any case', async () => {
    const state = await createState();
    const { folder } = await make(state, 'Spring', 'x');
    expect(folder).toBe(join(state, 'jobs', 'Spring'));
    expect((await findJob(state, 'sPRING'))?.folder).toBe(folder);
    for (const other of ['summer', '', '.', '..', '../jobs', '../../x', 'a/b']) {
      expect(await findJob(state, other)).toBeNull();
    }
  });

  it('that starts over keeps the earlier run as the previous one, and only that', async () => {
    const state = await createState();
    await make(state, 'spring', 'first');
    await make(state, 'spring', 'second', 'ndjson');
    const job = await make(state, 'SPRING', 'third');
    expect(read(job.manifest.json)).toBe('third');
    expect(existsSync(job.manifest.ndjson)).toBe(false);
    const previous = previousFiles(job);
    expect(read(previous.journal)).toBe('second');
    expect(read(previous.manifest.ndjson)).toBe('second');
    expect(readdirSync(previous.folder)).toHaveLength(2);
    expect((await listJobs(state)).map(({ folder }) => folder)).toEqual([
      join(state, 'jobs', 'SPRING'),
    ]);
  });

  it('that was never started takes the place of no earlier run', async () => {
    const state = await createState();
    await make(state, 'spring', 'first');
    const { journal } = await make(state, 'spring', 'second');
    writeFileSync(journal, '');
    const job = await makeJobFolder(state, 'spring', {
      ...{ form: 'json', keepEarlier: false, fsync: false, check() {} },
      earlier: await findJob(state, 'spring'),
      copyTo: async (path) => writeFileSync(path, 'third'),
    });
    expect(read(previousFiles(job).journal)).toBe('first');
    expect(existsSync(job.journal)).toBe(false);
  });

  it('is untouched when the new manifest can’t be written', async () => {
    const state = await createState();
    const job = await make(state, 'spring', 'first');
    const failing = makeJobFolder(state, 'spring', {
      ...{ form: 'json', keepEarlier: true, fsync: false, earlier: job, check() {} },
      copyTo: async () => {
        throw new Error('disk full');
      },
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(read(job.journal)).toBe('first');
    expect(read(job.manifest.json)).toBe('first');
  });

  it('is gone after it was removed', async () => {
    const state = await createState();
    await removeJob(state, await make(state, 'spring', 'x'));
    expect(await listJobs(state)).toEqual([]);
    expect(readdirSync(join(state, 'jobs'))).toEqual([]);
  });

  it('is not listed where there is no state folder at all', async () => {
    expect(await listJobs(join(files.folder(), 'none'))).toEqual([]);
  });
});
