/** How often it is looked whether the process still runs. */
const TICK_MS = 100;
/** What is held up for longer was stopped, or as good as that. */
const GAP_MS = 300;

let users = 0;
let ticker: NodeJS.Timeout | null = null;
/** Monotonic time when somebody last looked. */
let seen = 0;
/** All that was missed so far. */
let missed = 0;

/**
 * Milliseconds in which this process ran: monotonic, and standing still while
 * it was stopped (SIGSTOP, Ctrl-Z, a frozen container, a suspended machine).
 * Timers run on meanwhile and all come due at once, before anything is read
 * that has come. A limit that goes by this time gives back what was missed.
 * Only differences mean something, between `startTiming` and `endTiming`.
 */
export function runningTime(): number {
  const now = performance.now();
  if (now - seen > GAP_MS) missed += now - seen;
  seen = now;
  return now - missed;
}

/** From now on time is looked at often enough to see a gap; to be ended by `endTiming`. */
export function startTiming(): void {
  users += 1;
  if (ticker) return;
  seen = performance.now();
  ticker = setInterval(tick, TICK_MS).unref();
}

export function endTiming(): void {
  users -= 1;
}

/** Goes on for a tick after the last user: mostly there is another at once. */
function tick(): void {
  runningTime();
  if (users > 0 || !ticker) return;
  clearInterval(ticker);
  ticker = null;
}

/** Calls back after so many milliseconds of running time; returns the way to take that back. */
export function afterRunning(ms: number, callback: () => void): () => void {
  startTiming();
  const due = runningTime() + ms;
  let timer = setTimeout(check, ms);
  let isOver = false;

  function end(): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    endTiming();
  }

  function check(): void {
    const rest = due - runningTime();
    // A timer may fire a fraction of a millisecond early.
    if (rest >= 1) {
      timer = setTimeout(check, rest);
      return;
    }
    end();
    callback();
  }

  return end;
}

/** Whether a promise settles, however it does, within so many milliseconds of running time. */
export function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const endTimer = afterRunning(ms, () => resolve(false));
    const settled = () => {
      endTimer();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
