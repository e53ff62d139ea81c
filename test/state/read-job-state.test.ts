import { expect, it } from 'vitest';
import type { JobEvent } from '../../src/results/events.ts';
import { createReducer } from '../../src/results/reducer.ts';
import { createMemoryResults } from '../../src/results/results-store.ts';
import { readJobState } from '../../src/state/read-job-state.ts';
import { createManifest } from '../support/effects.ts';
import { journalText, setUpJournalFiles } from '../support/journal-file.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

const files = setUpJournalFiles();
const job_id = 'spring-audit';

/** A job that was interrupted, resumed, killed, resumed with its failed store again, and finished. */
function longLife(): JobEvent[] {
  const events = recordedEvents();
  const at = (minutes: number) => new Date(Date.UTC(2026, 2, 1, 10, minutes)).toISOString();
  return [
    ...events.slice(0, 8),
    { t: at(0), type: 'job_interrupted', job_id, signal: 'SIGINT' },
    { t: at(1), type: 'job_resumed', job_id, retry_failed: false, options: {} },
    ...events.slice(8, 12).map((event) => ({ ...event, t: at(2) })),
    { t: at(9), type: 'job_resumed', job_id, retry_failed: true, options: {} },
    { ...finished(1, 1), t: at(11) },
    { ...finished(1, 2), t: at(12) },
    { t: at(13), type: 'store_finished', job_id, store: 1, status: 'completed', error: null },
    { t: at(14), type: 'job_finished', job_id, status: 'completed' },
  ];
}

it('a list says of a job what its reducer says, at every moment of its life', async () => {
  const events = longLife();
  const reducer = createReducer(createManifest(RECORDED_STORES, job_id), createMemoryResults());
  for (const [index, event] of events.entries()) {
    reducer.apply(event);
    const { file } = await files.openWith(`${journalText(events.slice(0, index + 1))}{"t":"torn`);
    const jobState = await readJobState(file);
    expect(jobState).toMatchObject({ job_id, stores: 3, images: 5 });
    expect(jobState?.status(), `after ${event.type}`).toBe(reducer.status());
    expect(jobState?.times(), `after ${event.type}`).toEqual(reducer.times());
  }
  expect(reducer.status()).toBe('completed');
});

it('a journal without a whole line is that of a job that was never started', async () => {
  const { file } = await files.openWith('{"t":"torn');
  expect(await readJobState(file)).toBeNull();
});

it.each([
  ['cut short', (line: string) => line.slice(0, 20)],
  ['without an end', (line: string) => line.slice(0, -10)],
  ['of zeros', (line: string) => '\0'.repeat(line.length)],
])('a journal with a line %s is known to be damaged', async (_, damage) => {
  const lines = journalText(recordedEvents()).trimEnd().split('\n');
  const whole = await files.openWith(`${lines.join('\n')}\n`);
  expect(await readJobState(whole.file)).toMatchObject({ damaged: false });
  const broken = lines.with(6, damage(lines[6] ?? ''));
  const { file } = await files.openWith(`${broken.join('\n')}\n`);
  expect(await readJobState(file)).toMatchObject({ damaged: true });
});
