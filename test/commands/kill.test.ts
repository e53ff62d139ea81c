import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resultsSchema } from '../../src/results/results-schema.ts';
import { BIN, createWorkspace, ENVIRONMENT } from '../support/cli.ts';
import { createRandom, type Random } from '../support/random.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** `npm test` has a few; `npm run test:slow` many. */
const KILLS = Number(process.env.KILLS ?? 4);
const SEED = Number(process.env.SEED ?? 1);
const WORKERS = 4;
/** Start-up takes about 200 ms, a job up to a second. */
const LONGEST_LIFE_MS = 900;

type Life = { folder: string; random: Random; server: TestServer; name: string };

/** A few stores of images that are this life's own, some broken, some slow. */
function writeManifest({ random, server, name }: Life, write: (content: unknown) => string) {
  const image = (store: number, index: number) => {
    const kind = random.below(14) === 0 ? 'status/404' : `png/${store + 1}x${index + 1}`;
    return `${server.address}/${kind}?of=${name}-${store}-${index}&ms=${random.below(30)}`;
  };
  const stores = Array.from({ length: 1 + random.below(5) }, (_, store) => ({
    store_id: `S${store}`,
    images: Array.from({ length: random.below(14) }, (__, index) => image(store, index)),
  }));
  return write({ job_id: name, stores });
}

/** Runs the program; kills it after so long where a time is given. */
function imgjob({ folder }: Life, args: string[], kill_ms?: number): Promise<number | null> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: ENVIRONMENT,
    stdio: 'ignore',
  });
  const timer = kill_ms === undefined ? null : setTimeout(() => child.kill('SIGKILL'), kill_ms);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      if (timer) clearTimeout(timer);
      resolve(code);
    });
  });
}

/** URLs of the images that the journal has a result of. */
function finishedUrls({ folder, name }: Life): string[] {
  const path = join(folder, 'state/jobs', name, 'journal.ndjson');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    const event = JSON.parse(line);
    return event.type === 'image_finished' ? [event.result.url] : [];
  });
}

/** Whether it was killed when all was done: then `run` would rightly start over. */
function isOver({ folder, name }: Life): boolean {
  const text = readFileSync(join(folder, 'state/jobs', name, 'journal.ndjson'), 'utf8');
  return text.trimEnd().split('\n').at(-1)?.includes('"results_delivered"') === true;
}

function requestsFor({ server }: Life, urls: string[]): number[] {
  return urls.map(
    (url) => server.requests.filter((one) => server.address + one.url === url).length,
  );
}

function readTimeless({ folder }: Life, name: string): unknown {
  const text = readFileSync(join(folder, name), 'utf8');
  resultsSchema.parse(JSON.parse(text));
  return JSON.parse(text, (key, value: unknown) => (/(_at|_ms)$/.test(key) ? 0 : value));
}

/** One job that is killed again and again until it is through. Answers how often it was killed. */
async function liveThrough(life: Life, manifest: string): Promise<number> {
  const { random, name } = life;
  const options = ['--sleep', `${random.below(40)}`, '--progress', 'none'];
  const state = ['--state-dir', 'state'];
  await imgjob(life, ['run', ...options, '--no-state', '-o', 'undisturbed.json', manifest]);

  const run = ['run', '--resume', ...options, '-c', String(1 + random.below(4)), manifest];
  let kills = 0;
  for (let code: number | null = null; code === null; ) {
    const finished = finishedUrls(life);
    const before = requestsFor(life, finished);
    const resume = ['resume', name, '--progress', 'none'];
    const again = finished.length > 0 && (random.below(2) === 0 || isOver(life)) ? resume : run;
    const fsync = random.below(4) === 0 ? ['--fsync'] : [];
    const kill_ms = kills < 5 ? 180 + random.below(LONGEST_LIFE_MS - 180) : undefined;
    code = await imgjob(life, [...again, ...state, ...fsync, '-o', 'out.json'], kill_ms);
    expect(requestsFor(life, finished), 'images that had a result').toEqual(before);
    if (code === null) kills += 1;
    else expect([0, 1]).toContain(code);
  }
  expect(readTimeless(life, 'out.json')).toEqual(readTimeless(life, 'undisturbed.json'));
  return kills;
}

it(
  `a job that is killed at any moment, and again, ends as if it had not been (${KILLS} kills)`,
  async () => {
    const server = await startServer();
    let kills = 0;
    let seed = SEED;
    const work = async () => {
      while (kills < KILLS) {
        const name = `life-${seed}`;
        const random = createRandom(seed);
        seed += 1;
        const workspace = createWorkspace();
        const life: Life = { folder: workspace.folder, random, server, name };
        const manifest = writeManifest(life, (content) => workspace.write('m.json', content));
        try {
          kills += await liveThrough(life, manifest);
        } catch (error) {
          throw new Error(`${name} in ${workspace.folder}`, { cause: error });
        }
        workspace.remove();
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    await server.close();
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  },
  60_000 + KILLS * 5000,
);
