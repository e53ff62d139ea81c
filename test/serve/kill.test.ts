import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createRandom } from '../support/random.ts';
import { setUpRuns } from '../support/runs.ts';
import { ask, type RunningService, setUpServices } from '../support/service.ts';

/** `npm test` has a few; `npm run test:slow` many. */
const KILLS = Number(process.env.KILLS ?? 3);
const SEED = Number(process.env.SEED ?? 1);
const IMAGES = 8;

const runs = setUpRuns();
const serve = setUpServices(runs);

/** URLs of the images that the journals have a result of. */
function finishedUrls(): string[] {
  const jobs = join(runs.workspace.state, 'jobs');
  if (!existsSync(jobs)) return [];
  return readdirSync(jobs).flatMap((name) => {
    const path = join(jobs, name, 'journal.ndjson');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    return lines.flatMap((line) => {
      const event = JSON.parse(line);
      return event.type === 'image_finished' ? [String(event.result.url)] : [];
    });
  });
}

const requestsFor = (urls: string[]) => {
  const counts = new Map<string, number>();
  for (const { url } of runs.server.requests) counts.set(url, (counts.get(url) ?? 0) + 1);
  return urls.map((url) => counts.get(url.slice(runs.server.address.length)) ?? 0);
};

it(
  `no job that was accepted is lost, and no image repeated, over ${KILLS} kills`,
  async () => {
    const random = createRandom(SEED);
    const accepted: string[] = [];
    let made = 0;

    const submit = async ({ url }: RunningService, signal: AbortSignal) => {
      made += 1;
      const job_id = `life-${made}`;
      const image = (index: number) =>
        runs.at(`/png/${index + 1}x1?of=${job_id}&ms=${random.below(60)}`);
      const stores = Array.from({ length: 1 + random.below(3) }, (_, store) => ({
        store_id: `S${store}`,
        images: Array.from({ length: IMAGES }, (__, index) => image(store * IMAGES + index)),
      }));
      const body = { job_id, stores };
      const { status } = await ask(`${url}/api/v1/jobs`, { method: 'POST', body, signal });
      expect(status).toBe(201);
      accepted.push(job_id);
    };

    for (let kills = 0; kills < KILLS; kills += 1) {
      const finished = finishedUrls();
      const before = requestsFor(finished);
      const service = await serve(['--max-jobs', String(1 + random.below(4)), '-c', '4']);
      const life = delay(50 + random.below(1200));
      const dead = new AbortController();
      let isKilled = false;
      const client = async () => {
        while (!isKilled) {
          await submit(service, dead.signal).catch((error) => {
            if (!isKilled) throw error;
          });
        }
      };
      const clients = Promise.all([client(), client()]);
      await life;
      isKilled = true;
      await service.end('SIGKILL');
      // Some requests that a killed server leaves open are never ended by fetch.
      dead.abort();
      await clients;
      expect(requestsFor(finished), 'images that had a result').toEqual(before);
    }

    const finished = finishedUrls();
    const before = requestsFor(finished);
    const service = await serve();
    for (const job_id of accepted) {
      const job = `${service.url}/api/v1/jobs/${job_id}`;
      await expect
        .poll(async () => (await ask(job)).json.state, { timeout: 30_000 })
        .toBe('completed');
    }
    expect(requestsFor(finished), 'images that had a result').toEqual(before);
    expect(accepted.length).toBeGreaterThan(0);
  },
  60_000 + KILLS * 5000,
);
