import { setTimeout as delay } from 'node:timers/promises';
import { insist } from '../fleet/insist.ts';
import type { Keys } from '../fleet/keys.ts';
import { knownResults, readMessage, type StoreMessage } from '../fleet/messages.ts';
import type { RedisClient } from '../fleet/redis.ts';
import { type Ending, runScript, SCRIPTS } from '../fleet/scripts.ts';
import type { Effects } from '../job/effects.ts';
import type { SlotActivity } from '../job/slots.ts';
import { createStoreRunner } from '../job/store.ts';
import type { JobOptions } from '../options/job-options.ts';
import { type ImageResult, storeErrorSchema } from '../results/results-schema.ts';
import { storeError } from '../results/store-error.ts';
import type { createSharedEffects } from '../runner/effects.ts';
import type { Log } from '../terminal/log.ts';
import { timestamp } from '../time.ts';
import { type Commits, createCommits, type Hold, type HoldKeys, keysOfHold } from './commits.ts';
import { type LastChances, MOST_DEATHS, workerLost } from './deaths.ts';
import type { StepsOfRuns } from './steps-of-runs.ts';

/** How a store went that this worker had: done with, handed back, or another's by now. */
export type StoreOutcome = 'done' | 'back' | 'lost';

/** A store that is worked on here. */
export type RunningStore = {
  hold: Hold;
  /** Null until it is begun. */
  activity: SlotActivity | null;
  /** It is another's by now: it is dropped at once. */
  lose(): void;
  /** Its run is gone: it is dropped at once, and nobody needs it any more. */
  end(): void;
  /** The image at hand is finished, and then it is handed back. */
  handBack(): void;
};

export type StoreJobOptions = {
  client: RedisClient;
  keys: Keys;
  runs: StepsOfRuns;
  lastChances: LastChances;
  /** All but what is of one run: times are those of Redis. */
  effects: ReturnType<typeof createSharedEffects>;
  onImage(): void;
  /** Aborted when the process is to end at once. */
  signal: AbortSignal;
  log: Log;
};

/** A Redis that was started again is looked through by the runners first. */
const LOOK_AGAIN_MS = 200;
/** For so long a runner may be away: then its run is given up, as a restored snapshot may have brought it back. */
const STALE_MS = 30_000;

/** How a store stands that this worker has taken. */
type Begun = {
  word: string;
  version: string;
  committed: number;
  failure: StoreMessage['failure'];
  hasEnded: boolean;
  takes: number;
};

/** A store that this worker has taken from its queue, and how it goes. */
export function createStoreJob(message: StoreMessage, hold: Hold, options: StoreJobOptions) {
  const { client, log } = options;
  const places = keysOfHold(options.keys, hold);
  const stop = new AbortController();
  let isLost = false;
  let isGone = false;
  let isBack = false;
  /** Whether this worker's death would count against the image at hand. */
  let isTaken = false;
  let endLastChance: (() => void) | null = null;
  const store: RunningStore = {
    hold,
    activity: null,
    lose() {
      isLost = true;
      stop.abort('lost');
    },
    end() {
      isGone = true;
      stop.abort('gone');
    },
    handBack() {
      isBack = true;
      // Between two images, or before the first, nothing is at hand.
      if (!store.activity) stop.abort('back');
    },
  };

  async function run(): Promise<StoreOutcome> {
    try {
      return await take();
    } finally {
      endLastChance?.();
    }
  }

  async function take(): Promise<StoreOutcome> {
    const since = performance.now();
    for (;;) {
      const begun = await begin(client, places, hold, endLastChance !== null, options);
      if (begun.word === 'alone') endLastChance = await options.lastChances(stop.signal);
      else if (begun.word !== 'stale') return go(begun);
      if (isBack || isLost || isGone || options.signal.aborted) return leave();
      if (begun.word === 'alone') continue;
      // Nobody has this run any more; a runner that comes back to it puts its stores back.
      if (performance.now() - since > STALE_MS)
        await client.call('DEL', places.run).catch(() => {});
      await delay(LOOK_AGAIN_MS);
    }
  }

  async function go(begun: Begun): Promise<StoreOutcome> {
    const { word, version } = begun;
    if (word === 'lost') return 'lost';
    if (word === 'gone' || begun.hasEnded) return 'done';
    isTaken = true;
    const commits = createCommits({
      ...{ client, places, hold, log, committed: begun.committed, signal: options.signal },
      onRefused: (isRunThere) => (isRunThere ? store.lose() : store.end()),
    });
    if (isBack) return leave();
    if (word === 'over') {
      await commits.end(null);
      return 'done';
    }
    const taken = await options.runs.take(hold.run, version).catch(async (error: unknown) => {
      await forgive();
      throw error;
    });
    if (!taken) return 'done';
    try {
      return await work(
        begun,
        commits,
        { ...options.effects, ...taken.steps, emit() {} },
        taken.options,
      );
    } finally {
      options.runs.leave(hold.run, version);
    }
  }

  async function work(
    begun: Begun,
    commits: Commits,
    effects: Effects,
    jobOptions: JobOptions,
  ): Promise<StoreOutcome> {
    const failure = begun.failure ?? message.failure;
    const known = knownResults({ ...message, failure }, begun.committed);
    if (begun.takes > MOST_DEATHS) await failImage(known, commits, effects);
    let ending: Ending | null = null;
    const runner = createStoreRunner(effects, 1);
    const task = {
      ...{ job_id: message.job_id, position: hold.position, store: message.store, known },
      options: jobOptions,
    };
    const end = await runner.run(task, {
      signal: stop.signal,
      isOver: () => ending === 'end',
      show(activity) {
        store.activity = activity;
      },
      async emit(event) {
        // One that is to be handed back may end with the image at hand: then it says so.
        if (isLost || isGone || event.type === 'image_started') return;
        if (event.type === 'image_finished') {
          const { result, image } = event;
          const error = storeError(result, image);
          const outcome = await commits.image(event, image, error);
          endLastChance?.();
          ending ??= outcome.ending;
          if (outcome.isOurs) options.onImage();
          // A store that ends with this image is not left before it has.
          const isLast = image === message.store.images.length - 1;
          const goesOn = !isLast && (!error || jobOptions.keep_going);
          if (goesOn && (isBack || ending === 'rest')) stop.abort('back');
        } else if (event.type === 'store_finished') {
          await commits.end(event);
        } else {
          commits.say(event);
        }
      },
    });
    if (isGone) return 'done';
    if (isLost) return 'lost';
    if (!end && ending === 'rest') await commits.end(null);
    return end || ending === 'rest' ? 'done' : leave();
  }

  /** The image at which workers die is failed without being touched. */
  async function failImage(
    known: (ImageResult | undefined)[],
    commits: Commits,
    effects: Effects,
  ): Promise<void> {
    const image = known.indexOf(undefined);
    if (image === -1) return;
    const event = workerLost(message, hold.position, image, timestamp(effects));
    await commits.image(event, image, storeError(event.result, image));
    endLastChance?.();
    known[image] = event.result;
  }

  async function leave(): Promise<StoreOutcome> {
    if (isGone) return 'done';
    if (isLost) return 'lost';
    await forgive();
    return 'back';
  }

  async function forgive(): Promise<void> {
    if (isTaken) await runScript(client, SCRIPTS.FORGIVE, [places.store], []).catch(() => {});
    isTaken = false;
  }

  return { store, run };
}

async function begin(
  client: RedisClient,
  { run, store, lock, open }: HoldKeys,
  { token, position, id }: Hold,
  isAlone: boolean,
  options: Pick<StoreJobOptions, 'signal' | 'log'>,
): Promise<Begun> {
  const values = [token, position, id, MOST_DEATHS - 1, isAlone ? 1 : 0];
  const act = () => runScript(client, SCRIPTS.BEGIN, [run, store, lock, open], values);
  const answer = await insist(act, options);
  const [word = 'lost', version = '', committed = '-1', failure = '', ended = '', takes = '0'] =
    Array.isArray(answer) ? answer.map(String) : [];
  return {
    ...{ word, version, committed: Number(committed), takes: Number(takes) },
    failure: readMessage(storeErrorSchema, failure),
    hasEnded: ended !== '',
  };
}
