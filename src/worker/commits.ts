import { insist } from '../fleet/insist.ts';
import type { Keys } from '../fleet/keys.ts';
import type { RedisClient } from '../fleet/redis.ts';
import { ENDING, type Ending, runScript, SCRIPTS } from '../fleet/scripts.ts';
import type { JobEvent } from '../results/events.ts';
import type { StoreError } from '../results/results-schema.ts';
import type { Log } from '../terminal/log.ts';

/** Where a store is that a worker has, and what proves that it has it. */
export type Hold = { run: string; queue: string; id: string; token: string; position: number };

export type HoldKeys = { run: string; store: string; lock: string; results: string; open: string };

export function keysOfHold(keys: Keys, { run, queue, id }: Hold): HoldKeys {
  return {
    run: keys.run(run),
    store: keys.store(queue, id),
    lock: keys.lock(queue, id),
    results: keys.results(run),
    open: keys.open(run),
  };
}

/** What became of a commit. */
export type Committed = {
  /** False where another has the store by now, or its run is gone: nothing was written. */
  isOurs: boolean;
  /** How the job is to end; null where it goes on. */
  ending: Ending | null;
};

/** Writes the events of one store to where its runner reads them. */
export type Commits = {
  /** Says an event soon, at the latest with the next commit. */
  say(event: JobEvent): void;
  image(event: JobEvent, image: number, failure: StoreError | null): Promise<Committed>;
  /** The store is done with: with its end, or with none where it was not begun. */
  end(event: JobEvent | null): Promise<Committed>;
};

export type CommitOptions = {
  client: RedisClient;
  places: HoldKeys;
  hold: Hold;
  /** The image that was committed last; −1 for none. */
  committed: number;
  /** Told when a commit was refused: the store is another's, or its run is gone. */
  onRefused(isRunThere: boolean): void;
  signal: AbortSignal;
  log: Log;
};

/** Events that are not waited for are written after so long. */
const SOON_MS = 200;

export function createCommits(options: CommitOptions): Commits {
  const { client, places, hold } = options;
  let { committed } = options;
  let pending: JobEvent[] = [];
  let timer: NodeJS.Timeout | null = null;

  function takePending(): JobEvent[] {
    if (timer) clearTimeout(timer);
    timer = null;
    const events = pending;
    pending = [];
    return events;
  }

  async function commit(
    events: JobEvent[],
    image: number | 'end' | '',
    failure: StoreError | null,
  ): Promise<Committed> {
    const { run, store, lock, results, open } = places;
    const fields = [
      ...[hold.token, hold.position, JSON.stringify(events)],
      ...[committed, image, failure ? JSON.stringify(failure) : ''],
    ];
    const act = () => runScript(client, SCRIPTS.COMMIT, [run, store, lock, results, open], fields);
    const answer = await insist(act, options);
    const ending = answer === ENDING.end ? 'end' : answer === ENDING.rest ? 'rest' : null;
    const isOurs = answer === 1 || ending !== null;
    if (!isOurs) options.onRefused(answer !== -1);
    return { isOurs, ending };
  }

  return {
    say(event) {
      pending.push(event);
      timer ??= setTimeout(() => {
        commit(takePending(), '', null).catch(() => {});
      }, SOON_MS);
    },
    async image(event, image, failure) {
      const outcome = await commit([...takePending(), event], image, failure);
      if (outcome.isOurs) committed = image;
      return outcome;
    },
    end: (event) => commit(event ? [...takePending(), event] : takePending(), 'end', null),
  };
}
