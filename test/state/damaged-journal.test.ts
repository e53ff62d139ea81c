import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../src/results/events.ts';
import type { ImageResult } from '../../src/results/results-schema.ts';
import { rebuildJob } from '../../src/state/rebuild.ts';
import { createManifest } from '../support/effects.ts';
import { journalText, setUpJournalFiles } from '../support/journal-file.ts';
import { createRandom } from '../support/random.ts';
import { finished, RECORDED_STORES, recordedEvents } from '../support/recorded.ts';

/** What a bad disk, a bad cable or a power cut makes of a journal. `SEED=7 DAMAGES=5000` tries others, and more. */
const SEED = Number(process.env.SEED ?? 1);
const DAMAGES = Number(process.env.DAMAGES ?? 400);

const files = setUpJournalFiles();
const manifest = createManifest(RECORDED_STORES, 'spring-audit');
const whole = Buffer.from(journalText(recordedEvents()));

type Read = { results: (ImageResult | undefined)[]; damaged: number };

/** What is read of a journal: null where it says that it can't be read, or that nothing was ever started. */
async function read(journal: Buffer): Promise<Read | null> {
  const { file } = await files.openWith(journal);
  const job = await rebuildJob(file, manifest).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'journal-unreadable' });
    return null;
  });
  if (!job) return null;
  const stores = RECORDED_STORES.map((_, store) => job.results.read(store));
  return { results: (await Promise.all(stores)).flat(), damaged: job.damaged.length };
}

const undamaged = async () => {
  known ??= (await read(whole))?.results ?? [];
  return known;
};
let known: Read['results'] | undefined;

/** Every result is what it was, or is gone: answers how many are, and whether that is said. */
async function expectNoOther(
  journal: Buffer,
  what: string,
): Promise<{ lost: number; said: boolean }> {
  const was = await undamaged();
  const now = await read(journal);
  if (!now) return { lost: was.length, said: true };
  const lost = now.results.filter((result, index) => {
    if (result) expect(result, what).toEqual(was[index]);
    return !result && was[index] !== undefined;
  }).length;
  return { lost, said: now.damaged > 0 };
}

describe('of a journal', () => {
  it(`any flipped bit is seen, or changes nothing (${DAMAGES}, seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    let lost = 0;
    for (let time = 0; time < DAMAGES; time += 1) {
      const at = random.below(whole.length);
      const bit = random.below(8);
      const journal = Buffer.from(whole);
      journal[at] = (journal[at] ?? 0) ^ (1 << bit);
      const what = `bit ${bit} of byte ${at}`;
      const seen = await expectNoOther(journal, what);
      expect(seen.said || seen.lost === 0, what).toBe(true);
      lost += seen.lost;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it(`any cut and any tail of zeros loses what it takes, and changes nothing (seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    for (let time = 0; time < DAMAGES / 5; time += 1) {
      const at = random.below(whole.length);
      await expectNoOther(whole.subarray(0, at), `cut at ${at}`);
      await expectNoOther(Buffer.from(whole).fill(0, at), `zeros from ${at}`);
    }
  });

  it('lines that were left out, doubled or moved change nothing', async () => {
    const random = createRandom(SEED);
    const lines = journalText(recordedEvents()).trimEnd().split('\n');
    for (let time = 0; time < DAMAGES / 10; time += 1) {
      const moved = [...lines];
      const [line = ''] = moved.splice(1 + random.below(lines.length - 1), random.below(2));
      if (random.below(2) === 0) moved.splice(1 + random.below(moved.length), 0, line);
      await expectNoOther(Buffer.from(`${moved.join('\n')}\n`), moved.join('\n'));
    }
  });

  it('without an end, however long, no more is read than a first line can have', async () => {
    const { file } = await files.openWith('{"t":');
    await file.truncate(2 ** 33);
    const before = process.memoryUsage().rss;
    await expect(rebuildJob(file, manifest)).rejects.toMatchObject({ code: 'journal-unreadable' });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });
});

describe('a journal of before', () => {
  const plain = (events: JobEvent[]) =>
    events.map((event) => `${JSON.stringify(event)}\n`).join('');

  it('has no checksums, and is read; lines that were added since have', async () => {
    const [first, ...others] = recordedEvents();
    if (!first) throw new Error('there are events');
    expect((await read(Buffer.from(plain(recordedEvents()))))?.results).toEqual(await undamaged());
    const mixed = plain([first, ...others.slice(0, 6)]) + journalText(others.slice(6));
    expect(await read(Buffer.from(mixed))).toEqual({ results: await undamaged(), damaged: 0 });
  });

  it('goes on with checksums: then a line without one is damaged', async () => {
    const [first] = recordedEvents();
    const text =
      plain(first ? [first] : []) + journalText([finished(0, 0)]) + plain([finished(2, 0)]);
    const { results, damaged } = (await read(Buffer.from(text))) ?? { results: [], damaged: 0 };
    expect(damaged).toBe(1);
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
  });
});
