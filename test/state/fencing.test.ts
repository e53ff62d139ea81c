import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImgjobError } from '../../src/errors.ts';
import { createJournal, type JournalOptions } from '../../src/state/journal.ts';
import { takeLock } from '../../src/state/lock.ts';
import { journalText, setUpJournalFiles, UNGUARDED } from '../support/journal-file.ts';
import { finished } from '../support/recorded.ts';

const files = setUpJournalFiles();
const COMMON = { job_id: 'spring-audit', end: 0, fsync: false, resumeCommand: '', ...UNGUARDED };

async function create(given: Partial<JournalOptions> = {}) {
  const { file, path } = await files.openWith('');
  const journal = createJournal(file, { ...COMMON, ...given });
  return { journal, path, read: () => readFileSync(path, 'utf8') };
}

/** As a stop of the whole process: no timer, no callback, nothing. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

async function taken(heartbeat_ms: number) {
  const path = `${files.folder()}/a.lock`;
  const lock = await takeLock(path, heartbeat_ms);
  if ('holder' in lock) throw new Error('it is held');
  return { lock, path };
}

describe('a process that was stopped for longer than a heartbeat', () => {
  it.each([
    ['has been taken', (path: string) => writeFileSync(path, '{}'), 'taken'],
    ['is gone', (path: string) => rmSync(path), 'gone'],
  ])('looks at its lock before it writes: one that %s', async (_, change, reason) => {
    const { lock, path } = await taken(60);
    const fence = () => (lock.isHeld() ? null : new ImgjobError('lock-lost', 'lost'));
    const { journal, read } = await create({ fence });
    await journal.append(finished(0, 0)).kept;
    change(path);
    freeze(100);
    await expect(journal.append(finished(1, 0)).kept).rejects.toMatchObject({ code: 'lock-lost' });
    expect(read()).toBe(journalText([finished(0, 0)]));
    expect(lock.lost.reason).toBe(reason);
    lock.release();
  });

  it('goes on where it has it yet', async () => {
    const { lock } = await taken(60);
    freeze(100);
    expect(lock.isHeld()).toBe(true);
    lock.release();
  });

  it('has it again where only its file was missing, and nobody else can have had it', async () => {
    const { lock, path } = await taken(60);
    lock.onMissing(() => true);
    rmSync(path);
    freeze(100);
    expect(lock.isHeld()).toBe(true);
    expect(existsSync(path)).toBe(true);
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it('does not look more often than that', async () => {
    const { lock, path } = await taken(60_000);
    rmSync(path);
    expect(lock.isHeld()).toBe(true);
    expect(lock.isHeld(true)).toBe(false);
  });
});

describe('lines that another process has appended', () => {
  it.each([
    ['a line', journalText([finished(2, 0)])],
    ['many lines', journalText(Array.from({ length: 300 }, (_, store) => finished(store, 0)))],
    ['half a line', '{"t":"2026-'],
  ])('(%s) are said, and passed over: every offset is right', async (_, foreign) => {
    const seen: number[] = [];
    const grown: boolean[] = [];
    const fence: JournalOptions['fence'] = ({ isForeign }) => {
      grown.push(isForeign);
      return null;
    };
    const { journal, path, read } = await create({ fence, onForeign: (bytes) => seen.push(bytes) });
    const offsets = new Map<number, string>();
    for (let store = 0; store < 40; store += 1) {
      const event = finished(store, 0);
      const { offset, kept } = journal.append(event);
      offsets.set(offset, journalText([event]).trimEnd());
      if (store % 10 === 5) {
        await kept;
        appendFileSync(path, foreign);
      }
    }
    await journal.append(finished(99, 0)).kept;
    for (const [offset, line] of offsets) expect(journal.line(offset)).toBe(line);
    const added = foreign.endsWith('\n') ? foreign.length : foreign.length + 1;
    expect(seen).toEqual([added, added, added, added]);
    expect(grown).toEqual([false, true, true, true, true]);
    for (const line of offsets.values()) expect(read().split('\n')).toContain(line);
  });
});

it('a journal says what stands at its path', async () => {
  const seen: boolean[] = [];
  const { journal, path } = await create({
    fence({ isDeleted }) {
      seen.push(isDeleted);
      return null;
    },
  });
  await journal.append(finished(0, 0)).kept;
  expect(journal.standingAt(path)).toBe('untouched');
  appendFileSync(path, '{}\n');
  expect(journal.standingAt(path)).toBe('changed');
  rmSync(path);
  expect(journal.standingAt(path)).toBe('none');
  writeFileSync(path, '');
  expect(journal.standingAt(path)).toBe('another');
  await journal.append(finished(1, 0)).kept;
  expect(seen).toEqual([false, true]);
});
