import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { type Attempt, attemptImage } from './attempts.ts';
import { createDownloader, OPTIONS } from './downloads.ts';
import { ASPECTS, type Aspect, ROWS, type Row } from './fault-rows.ts';
import { type FaultSite, startFaultSite } from './fault-site.ts';

const GOOD = { code: 'measured', message: '4 x 3 png' };
// Of each URL here: its user name, its password, its query.
const SECRETS = /jane|s3cret|token|t0ken/i;

let started: FaultSite | undefined;
beforeAll(async () => {
  started = await startFaultSite();
  // Those that last until their deadline pass the time together.
  for (const row of ROWS) if (row.isTimed) lookOnce(row);
});
afterAll(() => started?.close());

function site(): FaultSite {
  if (!started) throw new Error('the servers have not started yet');
  return started;
}

/** What an attempt at a row's URL gave, and one at a good image right behind it. */
type Seen = { url: string; attempt: Attempt; ms: number; next: Attempt };

/** A machine that is busy makes its own faults: up to three looks, until one shows what the row says. */
async function look(row: Row, url: string): Promise<Seen> {
  for (let looks = 1; ; looks += 1) {
    const seen = await lookNow(row, url);
    const { attempt, next } = seen;
    const isAsSaid =
      attempt.code === row.code &&
      attempt.status === row.status &&
      row.message.test(attempt.message);
    if ((isAsSaid && next.code === GOOD.code) || looks === 3) return seen;
  }
}

/** Both attempts share the only connection that their downloader may have. */
async function lookNow(row: Row, url: string): Promise<Seen> {
  const limits = row.isTimed ? { timeout_ms: 1500, connect_timeout_ms: 1000 } : {};
  const { download, close } = createDownloader({ ...OPTIONS, ...limits, concurrency: 1 });
  const began = performance.now();
  const attempt = await attemptImage(download, url);
  const ms = performance.now() - began;
  const next = await attemptImage(download, site().goodNextTo(url));
  await close();
  return { url, attempt, ms, next };
}

const looks = new Map<Row, Promise<Seen>>();

/** One look at each row, for all of its tests; null where its server can't be had. */
function lookOnce(row: Row): Promise<Seen> | null {
  const url = site().urlOf(row.fault);
  if (url === null) return null;
  const first = looks.get(row) ?? look(row, url);
  looks.set(row, first);
  return first;
}

async function seenOf(row: Row, context: TestContext): Promise<Seen> {
  return (await lookOnce(row)) ?? context.skip('no openssl command to make certificates with');
}

function expectAspect(aspect: Aspect, row: Row, { url, attempt }: Seen): void {
  const host = row.host ?? new URL(url).host;
  const expected = { code: row.code, status: row.status, host };
  if (aspect === 'message') expect(attempt.message).toMatch(row.message);
  else if (aspect === 'reason') expect([row.reason].flat()).toContain(attempt.reason);
  else expect(attempt[aspect], aspect).toBe(expected[aspect]);
}

for (const row of ROWS)
  describe.concurrent(row.fault, () => {
    it(`is ${row.code}, in time`, async (context) => {
      const seen = await seenOf(row, context);
      for (const aspect of ASPECTS) if (!row.todo[aspect]) expectAspect(aspect, row, seen);
      // All rows are looked at side by side, on a machine that may be busy.
      expect(seen.ms).toBeLessThan(10 * row.within);
    });

    it('gives nothing of its URL away and harms no neighbour', async (context) => {
      const { attempt, next } = await seenOf(row, context);
      expect(`${attempt.message} ${attempt.host}`).not.toMatch(SECRETS);
      expect(next).toMatchObject(GOOD);
    });

    for (const aspect of ASPECTS) {
      const reason = row.todo[aspect];
      if (!reason) continue;
      it.fails(`to do, the ${aspect}: ${reason}`, async (context) => {
        expectAspect(aspect, row, await seenOf(row, context));
      });
    }
  });

describe('all faults at once in one pool', () => {
  const options = { ...OPTIONS, timeout_ms: 60_000, connect_timeout_ms: 60_000, concurrency: 200 };

  /** How long the good images take by themselves: a machine that is busy gives all of them more time. */
  async function timeOfGood(urls: string[]): Promise<number> {
    const { download, close } = createDownloader(options);
    const began = performance.now();
    await Promise.all(urls.map((url) => attemptImage(download, site().goodNextTo(url))));
    await close();
    return performance.now() - began;
  }

  it('leave the good images among them whole, and no connection open', { retry: 2 }, async () => {
    const urls = ROWS.map(({ fault }) => site().urlOf(fault)).filter((url) => url !== null);
    const limit_ms = 3000 + Math.ceil(5 * (await timeOfGood(urls)));
    const limits = { timeout_ms: limit_ms + 1000, connect_timeout_ms: limit_ms };
    const { download, close } = createDownloader({ ...options, ...limits });
    const pairs = urls.map((url) =>
      [url, site().goodNextTo(url)].map((one) => attemptImage(download, one)),
    );
    for (const [fault, good] of pairs) {
      await fault;
      expect(await good).toMatchObject(GOOD);
    }
    await close();
    await expect.poll(() => site().open()).toBe(0);
  });
});
