import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTemporary, sweepTemporaries } from '../../src/files/temporary.ts';
import { setUpJournalFiles } from '../support/journal-file.ts';

const files = setUpJournalFiles();

/** A temporary file of this process, which stays open no longer. */
async function make(folder: string): Promise<string> {
  const { path, file } = await createTemporary(join(folder, 'out.json'), null);
  await file.close();
  return path;
}

const eightDigits = (pid: number) => pid.toString(16).padStart(8, '0');

/** What a process of this number would have left in a folder. */
async function leftBy(folder: string, pid: number): Promise<string> {
  const path = await make(folder);
  const left = path.replace(eightDigits(process.pid), eightDigits(pid));
  renameSync(path, left.replace(/.{8}\.tmp$/, '01234567.tmp'));
  return basename(left).replace(/.{8}\.tmp$/, '01234567.tmp');
}

describe('a temporary file', () => {
  it('has a short name of its own each time, beside the file it is for', async () => {
    const folder = files.folder();
    const names = [await make(folder), await make(folder)].map((path) => basename(path));
    expect(names[0]).toMatch(/^\.imgjob-[0-9a-f]{24}\.tmp$/);
    expect(names[0]).not.toBe(names[1]);
    expect(readdirSync(folder).sort()).toEqual(names.sort());
  });

  it('of a dead process is removed at once; of one that lives, or of this one, it is not', async () => {
    const folder = files.folder();
    const printed = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' });
    const living = spawn('sleep', ['60']);
    const kept = [await leftBy(folder, living.pid ?? 0), basename(await make(folder))];
    await leftBy(folder, Number(printed));
    await sweepTemporaries(folder);
    living.kill();
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
  });

  it('of an earlier process with the number of this one is removed', async () => {
    const folder = files.folder();
    await leftBy(folder, process.pid);
    await sweepTemporaries(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of another machine or container is removed when nobody has written to it for ten minutes', async () => {
    const folder = files.folder();
    const [old, young] = ['00000001', '00000002'].map(
      (pid) => `.imgjob-01234567${pid}89abcdef.tmp`,
    );
    if (!old || !young) throw new Error('there are two');
    for (const name of [old, young]) writeFileSync(join(folder, name), '');
    utimesSync(join(folder, old), 1, 1);
    await sweepTemporaries(folder);
    expect(readdirSync(folder)).toEqual([young]);
  });

  it('is the only thing that is removed', async () => {
    const folder = files.folder();
    const names = ['.imgjob-01234567.tmp', '.out.json.0123456789abcdef01234567.tmp', 'out.json'];
    for (const name of names) {
      writeFileSync(join(folder, name), '');
      utimesSync(join(folder, name), 1, 1);
    }
    await sweepTemporaries(folder);
    expect(readdirSync(folder).sort()).toEqual(names.sort());
  });
});
