import { onAbort } from '../abort.ts';

export type HostLimiterOptions = {
  /** Most requests to one host at a time; null for no limit of its own. */
  max_per_host: number | null;
  /** Requests a second to one host; null for as many as come. */
  rate: number | null;
};

export type HostLimiter = {
  /**
   * The way to leave again, at once where the host may be asked now, else when
   * it may. An abort ends the wait.
   */
  enter(host: string, signal: AbortSignal): (() => void) | Promise<() => void>;
  /** Lets nobody ask a host for so many milliseconds from now. */
  slowDown(host: string, ms: number): void;
};

type Host = {
  inside: number;
  waiting: (() => void)[];
  /** Monotonic milliseconds before which nobody may enter. */
  opensAt: number;
  timer: NodeJS.Timeout | null;
  /** How far apart go in who come after it had enough; each time a little less. */
  space_ms: number;
};

/** All who waited for a host that had enough go in over half a second: at once, it would have again. */
const FIRST_SPACE_MS = 50;
const LESS_EACH_TIME = 0.9;
/** The longest delay a timer takes. */
const MAX_TIMER_MS = 2_147_483_647;

// A manifest may name any number of hosts: those at rest are forgotten.
const MAX_HOSTS = 10_000;

/** One limiter for the whole process, shared by all jobs, so that a host is asked politely by all together. */
export function createHostLimiter({ max_per_host, rate }: HostLimiterOptions): HostLimiter {
  const hosts = new Map<string, Host>();
  let forgetAt = MAX_HOSTS;
  const most = max_per_host ?? Number.POSITIVE_INFINITY;
  const spacing_ms = rate === null ? 0 : 1000 / rate;

  function hostOf(name: string): Host {
    const known = hosts.get(name);
    if (known) return known;
    if (hosts.size >= forgetAt) forgetResting();
    const host: Host = { inside: 0, waiting: [], opensAt: 0, timer: null, space_ms: 0 };
    hosts.set(name, host);
    return host;
  }

  function forgetResting(): void {
    const now = performance.now();
    for (const [name, { inside, waiting, opensAt }] of hosts) {
      if (inside === 0 && waiting.length === 0 && opensAt <= now) hosts.delete(name);
    }
    // Those that must be remembered are not looked at again for each new one.
    forgetAt = Math.max(MAX_HOSTS, 2 * hosts.size);
  }

  const mayEnter = ({ inside, opensAt }: Host) => inside < most && opensAt <= performance.now();

  function goIn(host: Host): void {
    host.inside += 1;
    const space_ms = Math.max(spacing_ms, host.space_ms);
    host.opensAt = Math.max(host.opensAt, performance.now()) + space_ms;
    host.space_ms = host.space_ms < 1 ? 0 : host.space_ms * LESS_EACH_TIME;
  }

  /** Lets in who may; comes back when time alone holds the next one. */
  function admit(host: Host): void {
    while (host.waiting.length > 0 && mayEnter(host)) {
      goIn(host);
      host.waiting.shift()?.();
    }
    if (host.waiting.length === 0 || host.inside >= most) return;
    const wait_ms = Math.min(MAX_TIMER_MS, Math.ceil(host.opensAt - performance.now()));
    host.timer ??= setTimeout(() => {
      host.timer = null;
      admit(host);
    }, wait_ms);
  }

  /** A timer that nobody waits for would keep the process. */
  function rest(host: Host): void {
    if (host.timer) clearTimeout(host.timer);
    host.timer = null;
  }

  function enter(name: string, signal: AbortSignal): (() => void) | Promise<() => void> {
    const host = hostOf(name);
    const leave = () => {
      host.inside -= 1;
      admit(host);
    };
    if (host.waiting.length === 0 && mayEnter(host)) {
      goIn(host);
      return leave;
    }
    return new Promise((resolve) => {
      let forget = () => {};
      const go = () => {
        forget();
        resolve(leave);
      };
      host.waiting.push(go);
      admit(host);
      forget = onAbort(signal, () => {
        const place = host.waiting.indexOf(go);
        if (place === -1) return;
        host.waiting.splice(place, 1);
        if (host.waiting.length === 0) rest(host);
        resolve(() => {});
      });
    });
  }

  function slowDown(name: string, ms: number): void {
    const host = hostOf(name);
    host.opensAt = Math.max(host.opensAt, performance.now() + ms);
    host.space_ms = FIRST_SPACE_MS;
  }

  return { enter, slowDown };
}
