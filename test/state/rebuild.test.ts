import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  documentErrors,
  documentHead,
  documentStoreLines,
  documentStores,
} from '../../src/results/document.ts';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { rebuildJob } from '../../src/state/rebuild.ts';
import { jsonLine } from '../../src/terminal/prose.ts';
import { collect } from '../support/collect.ts';
import { createManifest } from '../support/effects.ts';
import { journalText, resealed, setUpJournalFiles, UNGUARDED } from '../support/journal-file.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

const files = setUpJournalFiles();
const APPEND = { fsync: false, resumeCommand: 'imgjob resume spring-audit', ...UNGUARDED };
const manifest = createManifest(RECORDED_STORES, 'spring-audit');

async function save(content: string | Buffer) {
  const { file, path } = await files.openWith(content);
  const saved = await rebuildJob(file, manifest);
  if (!saved) throw new Error('the job was never started');
  return { saved, path };
}

/** The results document of a job that saw these events in this process. */
function documentAfter(events: JobEvent[]) {
  const results = createMemoryResults();
  const reducer = createReducer(manifest, results);
  for (const event of events) reducer.apply(event);
  return documentOf({ manifest, reducer, results });
}

async function documentOf(source: Parameters<typeof documentStores>[0]) {
  const errors = await collect(documentErrors(source));
  const stores = await collect(documentStores(source));
  // What is written comes from the journal as it stands there: to the letter what the objects say.
  expect(await collect(documentStoreLines(source))).toEqual(stores.map(jsonLine));
  return { ...documentHead(source), errors, stores };
}

describe('a job read from its journal', () => {
  it('is the job that wrote it, whenever it stopped', async () => {
    const events = recordedEvents();
    for (let count = 1; count <= events.length; count += 1) {
      const { saved } = await save(journalText(events.slice(0, count)));
      expect(await documentOf(saved)).toEqual(await documentAfter(events.slice(0, count)));
    }
  });

  it('knows the options it was last run with', async () => {
    const resumed: JobEvent = {
      t: '2026-03-01T10:00:00.000Z',
      type: 'job_resumed',
      job_id: 'spring-audit',
      retry_failed: false,
      options: { sleep_ms: 5 },
    };
    const [first, ...others] = recordedEvents().slice(0, 8);
    if (first?.type !== 'job_started') throw new Error('the first event starts the job');
    const started = { ...first, options: { ...first.options, prefetch: true } };
    const { saved } = await save(journalText([started, ...others, resumed]));
    expect(saved.options).toMatchObject({ concurrency: 4, sleep_ms: 5, timeout_ms: 60_000 });
    // What a resume does not say stays as it was.
    expect(saved.options.prefetch).toBe(true);
  });

  it.each(['', '{"t":"2026-03-01T09'])(
    'was never started where the journal is %j',
    async (text) => {
      const { file } = await files.openWith(text);
      expect(await rebuildJob(file, manifest)).toBeNull();
    },
  );

  it('reads on what was written since', async () => {
    const events = recordedEvents();
    const { saved, path } = await save(journalText(events.slice(0, 6)));
    expect(await saved.readOn()).toBe(false);
    const { appendFileSync } = await import('node:fs');
    const rest = journalText(events.slice(6));
    appendFileSync(path, rest.slice(0, -20));
    expect(await saved.readOn()).toBe(true);
    expect(saved.reducer.status()).toBe('ongoing');
    appendFileSync(path, rest.slice(-20));
    expect(await saved.readOn()).toBe(true);
    expect(await documentOf(saved)).toEqual(await documentAfter(events));
  });
});

describe('a torn journal', () => {
  it('cut at any byte of its last two lines goes on after its last whole line', async () => {
    // The failed image and its store's end: after them comes only the job's end.
    const events = recordedEvents().slice(0, 13);
    const text = Buffer.from(journalText(events));
    const kept = journalText(events.slice(0, 11)).length;
    const next = finished(0, 0);
    for (let cut = kept; cut <= text.length; cut += 1) {
      const { saved, path } = await save(text.subarray(0, cut));
      const journal = await saved.append(APPEND);
      // Whole lines count; one that lacks only its newline is whole.
      const whole = journalText(events)
        .slice(0, cut + 1)
        .split('\n')
        .slice(0, -1);
      const count = whole.length;
      expect(await documentOf(saved), `cut at ${cut}`).toEqual(
        await documentAfter(events.slice(0, count)),
      );
      await journal.append(next).kept;
      expect(readFileSync(path, 'utf8')).toBe(journalText([...events.slice(0, count), next]));
    }
  });

  it('reads no half character: the text before the cut is kept byte for byte', async () => {
    const [first] = recordedEvents();
    const whole = journalText(first ? [first] : []);
    const torn = Buffer.from(`{"t":"2026-03-01T09:30:00.000Z","type":"store_started","x":"ü`);
    const { saved, path } = await save(Buffer.concat([Buffer.from(whole), torn.subarray(0, -1)]));
    await saved.append(APPEND);
    expect(readFileSync(path, 'utf8')).toBe(whole);
  });

  it('with a tail of zeros, as a power cut leaves it, loses only that', async () => {
    const events = recordedEvents().slice(0, 8);
    const { saved, path } = await save(
      Buffer.concat([Buffer.from(journalText(events)), Buffer.alloc(5000)]),
    );
    await saved.append(APPEND);
    expect(readFileSync(path, 'utf8')).toBe(journalText(events));
  });
});

describe('a damaged journal', () => {
  const lines = () => journalText(recordedEvents()).trimEnd().split('\n');
  const line = (event: JobEvent) => journalText([event]).trimEnd();
  const { result } = finished(0, 0);
  const changed = (fields: object) =>
    resealed(
      line(finished(0, 0)).replace(
        JSON.stringify(result),
        JSON.stringify({ ...result, ...fields }),
      ),
    );
  const twice = (key: string) => {
    const other = JSON.stringify({ ...result, bytes: 101 });
    return resealed(line(finished(0, 0)).replace(/,"checksum.*/, `,${key}:${other}}`));
  };
  const damage = (number: number, line: string) =>
    `${lines()
      .with(number - 1, line)
      .join('\n')}\n`;

  it.each([
    ['no JSON', '}{'],
    ['zeros', '\0\0\0\0'],
    ['no event', '{"a":1}'],
    ['an event of another job', line({ ...finished(0, 0), job_id: 'other' })],
    ['a store that is none', line(finished(99, 0))],
    ['an image that is none', line(finished(0, 99))],
    ['an event without a checksum', JSON.stringify(finished(0, 0))],
    ['another URL than the manifest', changed({ url: 'http://img.example/other.png' })],
    ['another perimeter than its size has', changed({ perimeter: 142, twice_perimeter: 284 })],
    ['another double perimeter', changed({ twice_perimeter: 281 })],
    ['a completed image without a size', changed({ width: null })],
    ['a failed image without an error', changed({ status: 'failed' })],
    ['a result twice', twice('"result"')],
    ['a result twice, of other spelling', twice('"\\u0072esult"')],
    ['more attempts than there can be', changed({ attempts: 2 ** 53 - 1 })],
    ['a duration beyond all times', changed({ duration_ms: 2 ** 53 - 1 })],
    ['a second start', lines()[0] ?? ''],
    ['an empty line', ''],
  ])('names the line that holds %s, and has its image to do again', async (_, line) => {
    const { saved } = await save(damage(7, line));
    expect(saved.damaged).toEqual([7]);
    // Line 7 finished S1's only image: the store and with it the job have not ended.
    expect(saved.reducer.status()).toBe('ongoing');
    expect(saved.reducer.hasEnded(0)).toBe(false);
    expect(saved.reducer.hasEnded(1)).toBe(true);
    expect(await saved.results.read(0)).toEqual([undefined]);
    expect(saved.reducer.summary().images).toMatchObject({ completed: 2, failed: 1, pending: 1 });
  });

  it('counts a store whose start is lost all the same', async () => {
    const { saved } = await save(damage(2, 'x'));
    expect(saved.damaged).toEqual([2]);
    expect(saved.reducer.status()).toBe('failed');
    expect(saved.reducer.summary()).toEqual((await documentAfter(recordedEvents())).summary);
  });

  it('of another version is refused', async () => {
    const { file } = await files.openWith(
      resealed(journalText(recordedEvents()).replace('"schema_version":1', '"schema_version":2')),
    );
    await expect(rebuildJob(file, manifest)).rejects.toThrow(
      "can't read the journal: its version is 2, this imgjob knows version 1",
    );
  });

  it('whose first line is lost is refused', async () => {
    const { file } = await files.openWith(damage(1, 'x'));
    await expect(rebuildJob(file, manifest)).rejects.toMatchObject({
      code: 'journal-unreadable',
      message: "can't read the journal: line 1 is damaged",
    });
  });

  it('that belongs to another manifest is refused', async () => {
    const { file } = await files.openWith(journalText(recordedEvents()));
    const other = createManifest([['http://img.example/1.png']], 'spring-audit');
    await expect(rebuildJob(file, other)).rejects.toThrow('it is of another manifest');
  });
});
