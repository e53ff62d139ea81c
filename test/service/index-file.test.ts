import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openJobIndex } from '../../src/service/index-file.ts';
import type { JobRecord } from '../../src/service/job-record.ts';
import { BIN, ENVIRONMENT } from '../support/cli.ts';
import { setUpJournalFiles } from '../support/journal-file.ts';
import { setUpRuns } from '../support/runs.ts';

const files = setUpJournalFiles();
const runs = setUpRuns();
const STAYS = new AbortController().signal;

const recordOf = (number: number, journal_bytes: number): JobRecord => ({
  job_id: `job-${number}`,
  status: 'completed',
  ...{ stores: 1, images: 1, at: number, started_at: null, finished_at: null, duration_ms: 1 },
  ...{ stopped_by: null, delivered: true, submitted: true, key: null, content: null },
  journal_bytes,
});

it('is made anew when it has more than two lines a job, and nothing is lost meanwhile', async () => {
  const state = files.folder();
  const path = join(state, 'index.ndjson');
  const linesThere = () => readFileSync(path, 'utf8').trimEnd().split('\n');
  const index = await openJobIndex(state, { log: expect.unreachable, signal: STAYS });
  for (let number = 0; number < 600; number += 1) index.put(recordOf(number, 1));
  expect(linesThere()).toHaveLength(600);
  for (let number = 0; number < 1500; number += 1) index.put(recordOf(number % 600, number));
  await index.settled();
  // All that came while it was made anew are in it too.
  const last = new Map(linesThere().map((line) => [JSON.parse(line).job_id, JSON.parse(line)]));
  expect([...last.values()].sort((a, b) => a.at - b.at)).toEqual(index.all());
  index.remove('job-7');
  await index.settled();
  expect(linesThere().map((line) => JSON.parse(line))).toEqual(index.all());
  expect(linesThere()).toHaveLength(599);
});

/** A state folder with many jobs, of which no index knows. */
async function manyJobs(count: number): Promise<string> {
  const { state, path, write } = runs.workspace;
  const manifest = { job_id: 'first', stores: [] };
  await runs.run([write('m.json', manifest), '-o', path('out.json')]);
  const folder = join(state, 'jobs', 'first');
  const journal = readFileSync(join(folder, 'journal.ndjson'));
  for (let number = 0; number < count; number += 1) {
    const other = join(state, 'jobs', `job-${number}`);
    mkdirSync(other);
    writeFileSync(join(other, 'journal.ndjson'), journal);
  }
  return state;
}

it('says that journals are read where that takes long, and once', async () => {
  const state = await manyJobs(40);
  const said: string[] = [];
  const log = (line: string) => void said.push(line);
  const index = await openJobIndex(state, { log, signal: STAYS, long_ms: 0 });
  expect(said).toEqual(['reading 41 journals, which the index does not have']);
  expect(index.all().length).toBeGreaterThan(0);
});

it('is not read on where nobody wants the start any more', async () => {
  const state = await manyJobs(500);
  const start = openJobIndex(state, { log: expect.unreachable, signal: AbortSignal.abort() });
  await expect(start).rejects.toMatchObject({ code: 'stopped' });
});

it('can be stopped by a signal while it is read, in good order', async () => {
  const state = await manyJobs(2500);
  const args = [BIN, 'serve', '--port', '0', '--state-dir', state];
  const child = spawn(process.execPath, args, {
    env: ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => void child.once('close', resolve));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // It has begun, and has not gone through them.
  await vi.waitUntil(() => existsSync(join(state, 'serve.lock')), { interval: 5, timeout: 20_000 });
  child.kill('SIGTERM');
  expect([await ended, said]).toEqual([0, expect.stringContaining('"stopped"')]);
  expect(said).not.toContain('"listening');
});
