import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ImgjobError } from '../../src/errors.ts';
import { createJobIndex } from '../../src/service/job-index.ts';
import type { JobRecord } from '../../src/service/job-record.ts';
import { createRetention, type Retention } from '../../src/service/retention.ts';
import type { JobStateWord } from '../../src/service/service.ts';
import { filesOf } from '../../src/state/state-folder.ts';
import { setUpJournalFiles } from '../support/journal-file.ts';

const journals = setUpJournalFiles();
const NOW = Date.UTC(2026, 10, 26);
const HOUR = 3_600_000;
const STAYS = new AbortController().signal;

/** Jobs of a server, by their states, each at rest for so many hours. */
function setUp(jobs: [job_id: string, state: JobStateWord, hours: number][], keep: Retention) {
  const folder = journals.folder();
  const index = createJobIndex();
  const states = new Map<string, JobStateWord>();
  for (const [job_id, state, hours] of jobs) {
    const { journal } = filesOf(folder, job_id);
    mkdirSync(dirname(journal), { recursive: true });
    writeFileSync(journal, '');
    const then = new Date(NOW - hours * HOUR);
    utimesSync(journal, then, then);
    states.set(job_id, state);
    index.put(recordOf(job_id, state, then));
  }
  const said: string[] = [];
  const removed: string[] = [];
  const service = {
    index,
    stateOf: ({ job_id }: JobRecord) => states.get(job_id) ?? 'interrupted',
    async remove(job_id: string) {
      if (job_id.startsWith('busy')) throw new ImgjobError('job-running', 'it runs');
      if (job_id.startsWith('gone')) throw new ImgjobError('unknown-job', 'there is none');
      if (job_id.startsWith('held')) throw new ImgjobError('state-unwritable', 'it stays');
      removed.push(job_id);
      index.remove(job_id);
    },
  };
  const look = createRetention(service, keep, { folder, log: (line) => said.push(line) });
  return { look, said, removed };
}

function recordOf(job_id: string, state: JobStateWord, then: Date): JobRecord {
  const isEnded = state === 'completed' || state === 'failed';
  return {
    job_id,
    status: state === 'completed' || state === 'failed' ? state : 'ongoing',
    ...{ stores: 1, images: 1, at: then.getTime(), started_at: then.toISOString() },
    finished_at: isEnded ? then.toISOString() : null,
    ...{ duration_ms: 0, stopped_by: null, delivered: isEnded, submitted: true },
    ...{ key: null, content: null, journal_bytes: 1 },
  };
}

describe('jobs that are kept for a time', () => {
  it('go so long after they have come to rest, however that was', async () => {
    const { look, removed } = setUp(
      [
        ['old-completed', 'completed', 3],
        ['old-failed', 'failed', 3],
        ['old-cancelled', 'cancelled', 3],
        ['old-interrupted', 'interrupted', 3],
        ['old-running', 'running', 3],
        ['old-queued', 'queued', 3],
        ['new-completed', 'completed', 1],
        ['new-cancelled', 'cancelled', 1],
      ],
      { age_ms: 2 * HOUR, count: null },
    );
    await look(NOW, STAYS);
    expect(removed.sort()).toEqual([
      'old-cancelled',
      'old-completed',
      'old-failed',
      'old-interrupted',
    ]);
  });

  it('say nothing where others go on with them or were quicker, and once why they stay', async () => {
    const { look, said } = setUp(
      [
        ['busy', 'completed', 3],
        ['gone', 'completed', 3],
        ['held', 'completed', 3],
      ],
      { age_ms: HOUR, count: null },
    );
    await look(NOW, STAYS);
    await look(NOW, STAYS);
    expect(said).toEqual(["warning: can't remove held: it stays"]);
  });

  it('stay when the server stops', async () => {
    const { look, removed } = setUp([['a', 'completed', 3]], { age_ms: HOUR, count: null });
    await look(NOW, AbortSignal.abort());
    expect(removed).toEqual([]);
  });
});

it('as many stay as are to be kept, of those that have ended', async () => {
  const { look, removed } = setUp(
    [
      ['a', 'completed', 4],
      ['b', 'cancelled', 3],
      ['c', 'failed', 2],
      ['d', 'completed', 1],
    ],
    { age_ms: null, count: 2 },
  );
  await look(NOW, STAYS);
  expect(removed).toEqual(['a']);
});
