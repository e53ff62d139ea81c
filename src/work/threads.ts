import { onAbort } from '../abort.ts';
import { messageOf } from '../errors.ts';
import { WorkError, type WorkImage } from '../job/effects.ts';
import { settlesWithin } from '../running-time.ts';
import type { Traits } from './messages.ts';
import { startThread, type ThreadOptions, type WorkThread } from './thread.ts';
import type { CallHooks, Workers, WorkOutcome } from './work.ts';

/** The least time that a module has to load itself and its model. */
const LOAD_TIMEOUT_MS = 60_000;
/** So long a thread that nobody needs any more may still load. */
const LOADED_SOON_MS = 1000;
/** A module that is loaded in so long says what it wants before a second thread is started. */
const ALONE_MS = 500;

export type Threads = Workers & {
  /** What the module says of itself. */
  traits: Traits;
  /** So many images more may be at work at once: threads for them are started. */
  want(images: number): void;
  /** Ends all threads, and answers what went wrong at the end of their modules. */
  close(): Promise<string[]>;
};

export type ThreadsOptions = ThreadOptions & {
  /** Milliseconds for the work of one call. */
  timeout_ms: number;
  /** How many threads there may be, by what the module says; null while it is not loaded. */
  most(traits: Traits | null): number;
  /** How many images may be at work at once. */
  wanted: number;
  /** Called with a sentence about what went wrong and was got over. */
  warn(text: string): void;
  /** A thread has room again. */
  onRoom(): void;
  /** No thread is left, and none can be started: what waits can't be worked on. */
  onLost(error: Error): void;
  /** Aborted where nobody waits for the first thread any more. */
  signal: AbortSignal;
};

/**
 * Threads with a user's module in each, so that work which blocks, hangs or
 * dies harms nobody but those that it is at. They are loaded together; resolves
 * when the first is ready, and rejects when none can be. One that can't be
 * loaded where another can is one thread fewer.
 */
export async function createThreads(options: ThreadsOptions): Promise<Threads> {
  const load_timeout_ms = Math.max(options.timeout_ms, LOAD_TIMEOUT_MS);
  /** Those that load, or are not to be had by everybody yet. */
  const coming = new Set<WorkThread>();
  const ready = new Set<WorkThread>();
  const ending = new Set<Promise<void>>();
  const failures: string[] = [];
  let { wanted } = options;
  let most = options.most(null);
  /** Of the first that was loaded. */
  let known: Traits | null = null;
  let isClosed = false;
  /** Why there are fewer threads than there may be, until that is said. */
  let untold: Error | null = null;

  async function load(): Promise<WorkThread> {
    const thread = startThread(options);
    coming.add(thread);
    try {
      const traits = await within(thread.loaded, load_timeout_ms);
      if (!known) most = options.most(traits);
      known ??= traits;
      return thread;
    } catch (error) {
      retire(thread);
      throw error;
    }
  }

  /** Lets everybody have a thread, unless there are enough. */
  function admit(thread: WorkThread): void {
    coming.delete(thread);
    if (isClosed || ready.size >= most) return void retire(thread);
    ready.add(thread);
    tellFewer();
    options.onRoom();
  }

  /** Ends a thread; what its module did wrong at its end is kept. */
  function retire(thread: WorkThread): Promise<void> {
    coming.delete(thread);
    ready.delete(thread);
    const ended: Promise<void> = thread.end().then((failure) => {
      ending.delete(ended);
      if (failure !== null) failures.push(failure);
    });
    ending.add(ended);
    return ended;
  }

  /** As many as there may be, and are wanted. */
  function startAll(): Promise<void>[] {
    const started: Promise<void>[] = [];
    const calls = known?.concurrency ?? 1;
    const target = Math.min(most, Math.max(1, Math.ceil(wanted / calls)));
    while (!isClosed && ready.size + coming.size < target) started.push(load().then(admit));
    for (const one of started) one.catch(onFailed);
    return started;
  }

  function onFailed(error: Error): void {
    const others = ready.size + coming.size;
    if (isClosed || !known || others >= most) return;
    if (others === 0) {
      options.onLost(error);
      return;
    }
    most = others;
    untold = error;
    tellFewer();
  }

  /** Says that there are fewer threads, once for all that were loaded together. */
  function tellFewer(): void {
    if (!untold || coming.size > 0) return;
    const work = ready.size === 1 ? 'one thread works' : `${ready.size} threads work`;
    options.warn(`${work}, since no more could be loaded: ${messageOf(untold)}`);
    untold = null;
  }

  /** The thread that is at the fewest calls, where it takes one more. */
  function roomiest(): WorkThread | null {
    let best: WorkThread | null = null;
    for (const thread of ready) {
      if (!thread.isAlive()) void retire(thread);
      else if (!best || thread.calls().now < best.calls().now) best = thread;
    }
    return best && best.calls().now < (known?.concurrency ?? 1) ? best : null;
  }

  /**
   * Work that an earlier call left behind may end a thread under a later one:
   * that one is worked on again, in a thread where nothing was before. Of
   * several in one thread nobody can say whose fault it was.
   */
  async function run(images: readonly WorkImage[], hooks: CallHooks): Promise<WorkOutcome[]> {
    const thread = roomiest();
    if (!thread) throw new WorkError('thread-ended', 'its thread has ended');
    const isInnocent = thread.calls().begun > 0 && (known?.concurrency ?? 1) === 1;
    try {
      return await thread.run(images, hooks);
    } catch (error) {
      if (thread.isAlive() || !isInnocent || hooks.signal.aborted || isClosed) throw error;
      void retire(thread);
    }
    const fresh = await load();
    try {
      return await fresh.run(images, hooks);
    } finally {
      admit(fresh);
    }
  }

  /** Resolves when the first is ready: one alone, where that says in time what it wants. */
  async function loadFirst(): Promise<Traits> {
    const forget = onAbort(options.signal, () => {
      isClosed = true;
      for (const thread of coming) void retire(thread);
    });
    const first = load().then(admit);
    first.catch(onFailed);
    await settlesWithin(first, ALONE_MS);
    // Where the first has failed by now, the others would as well.
    const others = known || coming.size > 0 ? startAll() : [];
    try {
      if (!known) await Promise.any([first, ...others]);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      forget();
    }
    if (known) return known;
    throw new WorkError('load-failed', 'it was not loaded');
  }

  return {
    traits: await loadFirst(),
    settlesSoon: true,
    run,
    hasRoom() {
      const hasRoom = roomiest() !== null;
      if (!hasRoom) startAll();
      return hasRoom;
    },
    want(images) {
      wanted += images;
      startAll();
    },
    async close() {
      isClosed = true;
      for (const thread of [...ready]) void retire(thread);
      await Promise.all([...coming].map(endComing));
      await Promise.all([...ending]);
      return failures;
    },
  };

  /** One that still loads may hold something too, and can let go of it only then. */
  async function endComing(thread: WorkThread): Promise<void> {
    const ms = Math.min(LOADED_SOON_MS, options.grace_ms);
    if (known?.closes) await settlesWithin(thread.loaded, ms);
    await retire(thread);
  }
}

async function within<T>(loaded: Promise<T>, ms: number): Promise<T> {
  if (await settlesWithin(loaded, ms)) return loaded;
  throw new WorkError('load-failed', `it was not loaded within ${ms / 1000} s`);
}
