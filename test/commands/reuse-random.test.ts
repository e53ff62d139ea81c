import { expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { createRandom } from '../support/random.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { at } = runs;

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
        ({ started_at: _i, duration_ms: _j, download_ms: _k, work_ms: _l, ...image }) => image,
      ),
    }));
    return { images, bytes: summary.bytes, stores: bare };
  };
  let reused = 0;
  for (let round = 0; round < 10; round += 1) {
    const options = ['--retries', '0', ...(round % 2 === 0 ? [] : ['--keep-going'])];
    const before = randomStores();
    const write = (stores: Store[]) => runs.workspace.write('m.json', { job_id: 'r', stores });
    await runs.run([...options, '--force', '-o', 'before.json', write(before)]);
    const path = write(edited(before));
    await runs.run([...options, '--reuse', '-o', 'reused.json', path]);
    await runs.run([...options, '--no-state', '-o', 'fresh.json', path]);
    expect(timeless('reused.json')).toEqual(timeless('fresh.json'));
    reused += kept.readOutput('reused.json').summary.images.reused;
  }
  expect(reused).toBeGreaterThan(15);
}, 120_000);
