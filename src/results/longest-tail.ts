import type { ImageMarks } from './image-marks.ts';
import type { createStoreStates } from './store-states.ts';

/** A store that has begun and has not ended. */
type UnfinishedStore = {
  store: number;
  images: number;
  /** How many of its images have a result. */
  done: number;
  /** False while it only has results that were taken over, and waits for its turn. */
  isRunning: boolean;
};

/** What of a job is not done, by stores. */
export type UnfinishedStores = {
  open: UnfinishedStore[];
  /** The most images of a store that has not begun; 0 where all have. */
  longestPending: number;
  /** How many results of a store were taken over. */
  reusedIn(store: number): number;
};

type Counts = {
  stores: Pick<ReturnType<typeof createStoreStates>, 'open' | 'isPending'>;
  image_counts: Uint32Array;
  /** How many images of each store have a result. */
  done: Uint32Array;
  /** The results that were taken over. */
  reused: Pick<ImageMarks, 'has' | 'count'>;
};

/** The stores of a job that have not ended: a look at each. */
export function openStoresOf({ stores, image_counts, done, reused }: Counts): UnfinishedStores {
  const open = Array.from(stores.open(), ([store, store_id]) => ({
    ...{ store, images: image_counts[store] ?? 0, done: done[store] ?? 0 },
    isRunning: store_id !== '',
  }));
  let longestPending = 0;
  for (let store = 0; store < image_counts.length; store += 1) {
    const images = image_counts[store] ?? 0;
    if (images > longestPending && stores.isPending(store)) longestPending = images;
  }
  const reusedIn = (store: number) => {
    let count = 0;
    for (let image = 0; reused.count() > 0 && image < (image_counts[store] ?? 0); image += 1) {
      if (reused.has(store, image)) count += 1;
    }
    return count;
  };
  return { open, longestPending, reusedIn };
}

/** A pace is measured anew after so long: short enough to follow a change. */
const WINDOW_MS = 15_000;
/** The stores are looked at so often at most: there may be a million. */
const STEP_MS = 250;

type Look = Pick<UnfinishedStores, 'reusedIn'> & {
  now: number;
  /** When what has happened since the last look did so, as far as that is known. */
  at: number;
  /** The same of stores that have begun since. */
  begun: number;
};

type Pace = {
  /** Since when images are counted, and how many had a result then. */
  since: number;
  before: number;
  /** When the last one came, and how many there were with it. */
  last: number;
  done: number;
  /** Milliseconds an image, before that; null while nothing is known. */
  earlier: number | null;
};

/**
 * How long the longest of a job's stores still takes. A store's images follow
 * one another: whatever the rate of the job, it can't end before that.
 * `elapsed` are monotonic milliseconds, and the first look is when the job goes
 * on: what is done by then took other time. Null while no pace is known.
 */
export function createTailMeter(
  elapsed: () => number,
): (look: () => UnfinishedStores) => number | null {
  const paces = new Map<number, Pace>();
  let tail: { at: number; ms: number | null } | null = null;
  let looks = 0;

  /** Milliseconds an image takes in a store; null while none has come. */
  function paceOf({ store, done }: UnfinishedStore, look: Look): number | null {
    const { at, now } = look;
    let pace = paces.get(store);
    if (!pace) {
      const before = looks === 1 ? done : look.reusedIn(store);
      pace = { since: look.begun, before, last: look.begun, done: before, earlier: null };
      paces.set(store, pace);
    }
    if (done > pace.done) Object.assign(pace, { last: at, done });
    const count = pace.done - pace.before;
    if (count <= 0) return pace.earlier && Math.max(pace.earlier, now - pace.since);
    const measured = (pace.last - pace.since) / count;
    // The image that is under way may take longer than those before it.
    const known = Math.max(measured, (now - pace.since) / (count + 1));
    if (pace.last - pace.since > WINDOW_MS) {
      Object.assign(pace, { since: pace.last, before: pace.done, earlier: measured });
    }
    return known;
  }

  function measure(
    { open, longestPending, reusedIn }: UnfinishedStores,
    now: number,
  ): number | null {
    const running = open.filter(({ isRunning }) => isRunning);
    const isOpen = new Set(running.map(({ store }) => store));
    for (const store of paces.keys()) if (!isOpen.has(store)) paces.delete(store);
    looks += 1;
    const before = tail?.at ?? now;
    const at = (now + before) / 2;
    // The first stores begin with the job.
    const look = { now, at, begun: looks === 2 ? before : at, reusedIn };
    const known = running.map((store) => ({ left: leftOf(store), ms: paceOf(store, look) }));
    const measured = known.flatMap(({ ms }) => ms ?? []);
    if (measured.length === 0) return null;
    const usual = measured.reduce((sum, ms) => sum + ms, 0) / measured.length;
    const ends = known.map(({ left, ms }) => left * (ms ?? usual));
    // What waits begins when the first of those that run has ended.
    const waiting = open.reduce(
      (most, store) => (store.isRunning ? most : Math.max(most, leftOf(store))),
      longestPending,
    );
    const first = waiting > 0 ? least(ends) + waiting * usual : 0;
    return ends.reduce((most, ms) => Math.max(most, ms), first);
  }

  return (look) => {
    const now = elapsed();
    if (!tail || now - tail.at >= STEP_MS) tail = { at: now, ms: measure(look(), now) };
    return tail.ms === null ? null : Math.max(0, tail.ms - (now - tail.at));
  };
}

function leftOf({ images, done }: UnfinishedStore): number {
  return images - done;
}

function least(values: number[]): number {
  return values.reduce((smallest, value) => Math.min(smallest, value), Number.POSITIVE_INFINITY);
}
