import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImgjobError } from '../../src/errors.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createJournal, type Journal } from '../../src/state/journal.ts';
import { journalText, setUpJournalFiles, UNGUARDED } from '../support/journal-file.ts';
import { finished, recordedEvents } from '../support/recorded.ts';

const files = setUpJournalFiles();
const OPTIONS = {
  ...{ job_id: 'spring-audit', end: 0, fsync: false },
  resumeCommand: 'imgjob resume spring-audit',
  ...UNGUARDED,
};

async function create({ fsync = false, content = '' } = {}) {
  const { file, path } = await files.openWith(content);
  const journal = createJournal(file, { ...OPTIONS, end: content.length, fsync });
  return { journal, read: () => readFileSync(path, 'utf8') };
}

function eventAt(journal: Journal, offset: number): unknown {
  const { checksum, ...event } = JSON.parse(journal.line(offset));
  expect(checksum).toMatch(/^[0-9a-f]{8}$/);
  return event;
}

/** How many times this process has written to anything, as Linux counts it: proc_pid_io(5). */
function writeCalls(): number {
  return Number(/syscw: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

describe('the journal', () => {
  it.each([false, true])(
    'holds the events, one a line, in their order (fsync %s)',
    async (fsync) => {
      const { journal, read } = await create({ fsync });
      const events = recordedEvents();
      await Promise.all(events.map((event) => journal.append(event).kept));
      expect(read()).toBe(journalText(events));
    },
  );

  it('has an event in the file when its append has resolved, not only at the end', async () => {
    const { journal, read } = await create();
    for (const event of recordedEvents()) {
      await journal.append(event).kept;
      expect(read().endsWith(journalText([event]))).toBe(true);
    }
  });

  it.runIf(process.platform === 'linux')(
    'writes the events of ten thousand stores in one turn with one call',
    async () => {
      const { journal, read } = await create();
      const events = Array.from({ length: 10_000 }, (_, store) => finished(store, 0));
      const before = writeCalls();
      await Promise.all(events.map((event) => journal.append(event).kept));
      expect(writeCalls() - before).toBeLessThan(5);
      expect(read()).toBe(journalText(events));
    },
  );

  it('goes on after what is there already', async () => {
    const [first, ...others] = recordedEvents();
    const content = journalText(first ? [first] : []);
    const { journal, read } = await create({ content });
    for (const event of others) journal.append(event);
    await journal.close();
    expect(read()).toBe(journalText(recordedEvents()));
  });

  it('gives back every line by where it begins: written, or not yet', async () => {
    const { journal } = await create();
    const offsets = new Map<number, JobEvent>();
    for (let store = 0; store < 1000; store += 1) {
      const event = { ...finished(store, 0), job_id: `${'ü'.repeat(store)}` };
      const { offset, kept } = journal.append(event);
      offsets.set(offset, event);
      if (store === 500) await kept;
    }
    for (const [offset, event] of offsets) expect(eventAt(journal, offset)).toEqual(event);
    // What waits to be written would go to the next test's file, which gets its number.
    await journal.close();
  });

  it('keeps control characters of hostile text out of the file', async () => {
    const { journal, read } = await create();
    await journal.append({
      t: '2026-03-01T09:30:00.000Z',
      type: 'store_started',
      job_id: 'a',
      store: 0,
      store_id: 'S\u009b2J\u202e\u001b]0;x',
    }).kept;
    expect(read()).toMatch(/^[ -~]+\n$/);
  });
});

describe('a journal that can’t be written', () => {
  it.runIf(process.platform === 'linux')('says so for this and every later event', async () => {
    const file = await files.open('/dev/full');
    const journal = createJournal(file, OPTIONS);
    for (const event of [finished(0, 0), finished(1, 0)]) {
      const failure = await journal.append(event).kept.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ImgjobError);
      expect(failure).toMatchObject({ code: 'journal-unwritable', exitCode: 3 });
      expect(String(failure)).toContain('no space left on the device');
    }
  });

  it.runIf(process.platform === 'linux')('still knows what it could not write', async () => {
    const file = await files.open('/dev/full');
    const journal = createJournal(file, OPTIONS);
    const first = journal.append(finished(0, 0));
    await first.kept.catch(() => {});
    const second = journal.append(finished(1, 0));
    second.kept.catch(() => {});
    expect(eventAt(journal, first.offset)).toEqual(finished(0, 0));
    expect(eventAt(journal, second.offset)).toEqual(finished(1, 0));
  });

  it('takes nothing more when it was told to refuse', async () => {
    const { journal, read } = await create();
    await journal.append(finished(0, 0)).kept;
    journal.refuse(new ImgjobError('lock-lost', 'taken'));
    await expect(journal.append(finished(1, 0)).kept).rejects.toMatchObject({ code: 'lock-lost' });
    expect(read()).toBe(journalText([finished(0, 0)]));
  });
});
