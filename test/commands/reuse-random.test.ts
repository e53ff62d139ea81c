import { expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { createRandom } from '../support/random.ts';
import { setUpRuns } from '../support/runs.ts';
import { SAVE, savedBodies } from '../support/saved.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { at } = runs;
const { filesOfResults } = savedBodies(runs, kept);

it('random edits of random manifests: what --reuse gives is what a fresh run gives, but for times', async () => {
  const random = createRandom(22);
  const paths = ['/png/1x1', '/png/2x3', '/png/4x5', '/status/404', '/png/6x7', '/svg/x'];
  const pick = () => paths[random.below(paths.length)] ?? '';
  type Store = { store_id: string; images: string[] };
  /** Images that were appended, corrected, taken away and moved; stores that were, too. */
  const edited = (stores: Store[]): Store[] => {
    const kept = stores.filter(() => random.below(5) > 0);
    const edits = kept.map(({ store_id, images }) => ({
      store_id,
      images: images.flatMap((image) => {
        const what = random.below(8);
        if (what === 0) return [];
        if (what === 1) return [at(pick())];
        return what === 2 ? [image, at(pick())] : [image];
      }),
    }));
    if (random.below(2) === 0) edits.reverse();
    return random.below(3) === 0 ? [...edits, ...randomStores()] : edits;
  };
  const randomStores = (): Store[] =>
    Array.from({ length: 1 + random.below(4) }, () => ({
      store_id: `S${random.below(3)}`,
      images: Array.from({ length: random.below(7) }, () => at(pick())),
    }));
  const timeless = (name: string) => {
    const { stores, summary } = kept.readOutput(name);
    const { reused: _, ...images } = summary.images;
    const bare = stores.map(({ started_at: _s, finished_at: _f, duration_ms: _d, ...store }) => ({
      ...store,
      images: store.images.map(
        // An image may keep the name that its file has.
        ({ started_at: _i, duration_ms: _j, download_ms: _k, work_ms: _l, file: _f, ...image }) =>
          image,
      ),
    }));
    return { images, bytes: summary.bytes, stores: bare };
  };
  /** Many jobs at once: each is one case. */
  const ids = Array.from({ length: 10 }, (_, index) => `job-${index}`);
  const write = (lists: Store[][]) =>
    ids.map((job_id, index) =>
      runs.workspace.write(`${job_id}.json`, { job_id, stores: lists[index] ?? [] }),
    );
  let reused = 0;
  for (const how of [[], ['--keep-going'], [...SAVE, '--digest']]) {
    const options = ['--retries', '0', ...how];
    const before = ids.map(randomStores);
    await runs.run([...options, '--force', '-o', 'before/', ...write(before)]);
    const paths = write(before.map(edited));
    await runs.run([...options, '--reuse', '-o', 'reused/', ...paths]);
    const fresh = options.map((option) => (option === 'kept' ? 'kept-fresh' : option));
    await runs.run([...fresh, '--no-state', '-o', 'fresh/', ...paths]);
    for (const id of ids) {
      const name = `reused/${id}.results.json`;
      expect(timeless(name)).toEqual(timeless(`fresh/${id}.results.json`));
      const files = filesOfResults(name, id).filter((file) => file !== null);
      expect(new Set(files).size).toBe(files.length);
      reused += kept.readOutput(name).summary.images.reused;
    }
  }
  expect(reused).toBeGreaterThan(45);
}, 60_000);
