import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';
import { ask, setUpServices } from '../support/service.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const serve = setUpServices(runs);

const submit = (url: string, body: unknown) => ask(`${url}/api/v1/jobs`, { method: 'POST', body });

type Told = { id: string | null; event: string | null; data: Record<string, unknown> };

/** Reads a stream until it ends, or has told enough. */
async function follow(
  url: string,
  { lastId, isEnough = () => false }: { lastId?: string; isEnough?(told: Told[]): boolean } = {},
): Promise<{ status: number; told: Told[] }> {
  const stop = new AbortController();
  const response = await fetch(url, {
    signal: stop.signal,
    headers: lastId === undefined ? {} : { 'last-event-id': lastId },
  });
  const told: Told[] = [];
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8');
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
      const data = field('data');
      if (data !== null)
        told.push({ id: field('id'), event: field('event'), data: JSON.parse(data) });
    }
    if (isEnough(told)) break;
  }
  stop.abort();
  return { status: response.status, told };
}

const typesOf = (told: Told[]) =>
  told.filter(({ event }) => event === null).map(({ data }) => data.type);

describe('the events of a job', () => {
  it('are told as they happen, to the end', async () => {
    const { url } = await serve();
    await submit(url, kept.hangingManifest());
    const events = `${url}/api/v1/jobs/spring-audit/events`;
    const first = await follow(events, {
      isEnough: (told) => typesOf(told).filter((type) => type === 'image_finished').length === 4,
    });
    expect(typesOf(first.told)[0]).toBe('job_started');
    const snapshot = first.told.find(({ event }) => event === 'snapshot');
    expect(snapshot?.data).toMatchObject({ job_id: 'spring-audit', status: 'ongoing' });
    const rest = follow(events, { lastId: first.told.findLast(({ id }) => id)?.id ?? '' });
    await ask(`${url}/api/v1/jobs/spring-audit/cancel`, { method: 'POST' });
    const types = typesOf((await rest).told);
    expect(types).not.toContain('job_started');
    expect(types.at(-1)).toBe('job_interrupted');
  });

  it('are all of the journal, without its checksums', async () => {
    const { url } = await serve();
    await submit(url, runs.mixedManifest());
    const { told } = await follow(`${url}/api/v1/jobs/spring-audit/events`);
    const journal = kept.journal('spring-audit').trimEnd().split('\n');
    const events = journal.map((line) => {
      const { checksum, ...event } = JSON.parse(line);
      return event;
    });
    expect(told.filter(({ event }) => event === null).map(({ data }) => data)).toEqual(events);
  });

  it('go on behind any of them, and end for who has had them all', async () => {
    const { url } = await serve();
    await submit(url, runs.mixedManifest());
    const events = `${url}/api/v1/jobs/spring-audit/events`;
    const { told } = await follow(events);
    const all = told.filter(({ event }) => event === null);
    for (const [index, { id }] of all.entries()) {
      const { status, told: rest } = await follow(events, { lastId: id ?? '' });
      const behind = all.slice(index + 1);
      expect([status, typesOf(rest)]).toEqual([behind.length > 0 ? 200 : 204, typesOf(behind)]);
    }
    for (const lastId of ['x', '0', '-5', 'zzz-10', `${all[0]?.id}7`, '9'.repeat(400)]) {
      expect(typesOf((await follow(events, { lastId })).told)).toHaveLength(all.length);
    }
  });

  it('go on over a restart of the server', async () => {
    const first = await serve();
    await submit(first.url, kept.hangingManifest());
    const path = '/api/v1/jobs/spring-audit/events';
    const { told } = await follow(`${first.url}${path}`, {
      isEnough: (some) => typesOf(some).filter((type) => type === 'image_finished').length === 4,
    });
    await first.end('SIGKILL');
    gate.isOpen = true;
    const second = await serve();
    const lastId = told.findLast(({ id }) => id)?.id ?? '';
    const rest = typesOf((await follow(`${second.url}${path}`, { lastId })).told);
    expect(rest[0]).toBe('job_resumed');
    expect(rest.slice(-2)).toEqual(['job_finished', 'results_delivered']);
  });

  it('hold nothing for a client that goes away', async () => {
    const { url, child } = await serve();
    await submit(url, kept.hangingManifest());
    const { readdirSync, readlinkSync } = await import('node:fs');
    const folder = `/proc/${child.pid}/fd`;
    const linkOf = (name: string) => {
      try {
        return readlinkSync(`${folder}/${name}`);
      } catch {
        return '';
      }
    };
    const open = () =>
      readdirSync(folder).filter((name) => linkOf(name).endsWith('journal.ndjson')).length;
    const before = open();
    const streams = Array.from({ length: 20 }, () =>
      follow(`${url}/api/v1/jobs/spring-audit/events`, { isEnough: (told) => told.length > 3 }),
    );
    await Promise.all(streams);
    await expect.poll(open, { timeout: 5000 }).toBe(before);
  });
});
