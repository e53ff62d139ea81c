import { onAbort } from '../abort.ts';

/** What one who asks is held to, beside all others who ask the same host. */
export type HostLimits = {
  /** Most requests to one host at a time, everybody's counted; null for no limit of its own. */
  max_per_host: number | null;
  /** Requests a second to one host, after whoever asked last; null for as many as come. */
  rate: number | null;
};

export type HostLimiter = {
  /** The limiter as one who asks under these limits sees it. */
  under(limits: HostLimits): HostEntrance;
};

export type HostEntrance = {
  /**
   * The way to leave again, at once where the host may be asked now, else when
   * it may. An abort ends the wait.
   */
  enter(host: string, signal: AbortSignal): (() => void) | Promise<() => void>;
  /** Lets nobody ask a host for so many milliseconds from now. */
  slowDown(host: string, ms: number): void;
};

type Limits = { most: number; spacing_ms: number };

type Host = {
  inside: number;
  /** Those who wait, by the limits they are held to: a strict one holds up only those like it. */
  queues: Map<Limits, (() => void)[]>;
  /** Monotonic milliseconds before which nobody may enter. */
  opensAt: number;
  /** When somebody entered last. */
  enteredAt: number;
  /** Until when it must be remembered for those two. */
  rememberUntil: number;
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

/** One for the whole process, shared by all jobs, so that a host is asked politely by all together. */
export function createHostLimiter(): HostLimiter {
  const hosts = new Map<string, Host>();
  let forgetAt = MAX_HOSTS;

  function hostOf(name: string): Host {
    const known = hosts.get(name);
    if (known) return known;
    if (hosts.size >= forgetAt) forgetResting();
    const times = { opensAt: 0, enteredAt: Number.NEGATIVE_INFINITY, rememberUntil: 0 };
    const host: Host = { inside: 0, queues: new Map(), ...times, timer: null, space_ms: 0 };
    hosts.set(name, host);
    return host;
  }

  function forgetResting(): void {
    const now = performance.now();
    for (const [name, { inside, queues, rememberUntil }] of hosts) {
      if (inside === 0 && queues.size === 0 && rememberUntil <= now) hosts.delete(name);
    }
    // Those that must be remembered are not looked at again for each new one.
    forgetAt = Math.max(MAX_HOSTS, 2 * hosts.size);
  }

  function under({ max_per_host, rate }: HostLimits): HostEntrance {
    const limits: Limits = {
      most: max_per_host ?? Number.POSITIVE_INFINITY,
      spacing_ms: rate === null ? 0 : 1000 / rate,
    };
    return {
      enter: (name, signal) => enter(hostOf(name), limits, signal),
      slowDown: (name, ms) => slowDown(hostOf(name), ms),
    };
  }

  return { under };
}

/** When one who is held to these limits may enter, as far as time alone decides it. */
function opening({ opensAt, enteredAt }: Host, { spacing_ms }: Limits): number {
  return Math.max(opensAt, enteredAt + spacing_ms);
}

function mayEnter(host: Host, limits: Limits): boolean {
  return host.inside < limits.most && opening(host, limits) <= performance.now();
}

function goIn(host: Host, { spacing_ms }: Limits): void {
  const now = performance.now();
  host.inside += 1;
  host.enteredAt = now;
  host.opensAt = Math.max(host.opensAt, now) + host.space_ms;
  host.rememberUntil = Math.max(host.rememberUntil, host.opensAt, now + spacing_ms);
  host.space_ms = host.space_ms < 1 ? 0 : host.space_ms * LESS_EACH_TIME;
}

/** Lets in who may, in turns over their limits; comes back when time alone holds the next one. */
function admit(host: Host): void {
  for (let someone = true; someone; ) {
    someone = false;
    for (const [limits, queue] of host.queues) {
      if (!mayEnter(host, limits)) continue;
      goIn(host, limits);
      queue.shift()?.();
      if (queue.length === 0) host.queues.delete(limits);
      someone = true;
    }
  }
  let next = Number.POSITIVE_INFINITY;
  for (const limits of host.queues.keys()) {
    if (host.inside < limits.most) next = Math.min(next, opening(host, limits));
  }
  if (next === Number.POSITIVE_INFINITY) return;
  host.timer ??= setTimeout(
    () => {
      host.timer = null;
      admit(host);
    },
    Math.min(MAX_TIMER_MS, Math.ceil(next - performance.now())),
  );
}

function enter(
  host: Host,
  limits: Limits,
  signal: AbortSignal,
): (() => void) | Promise<() => void> {
  const leave = () => {
    host.inside -= 1;
    if (host.queues.size > 0) admit(host);
  };
  if (!host.queues.has(limits) && mayEnter(host, limits)) {
    goIn(host, limits);
    return leave;
  }
  return new Promise((resolve) => {
    let forget = () => {};
    const go = () => {
      forget();
      resolve(leave);
    };
    const queue = host.queues.get(limits) ?? [];
    queue.push(go);
    host.queues.set(limits, queue);
    admit(host);
    forget = onAbort(signal, () => {
      const index = queue.indexOf(go);
      if (index === -1) return;
      queue.splice(index, 1);
      if (queue.length === 0) host.queues.delete(limits);
      // A timer that nobody waits for would keep the process.
      if (host.queues.size === 0) rest(host);
      resolve(() => {});
    });
  });
}

function rest(host: Host): void {
  if (host.timer) clearTimeout(host.timer);
  host.timer = null;
}

function slowDown(host: Host, ms: number): void {
  host.opensAt = Math.max(host.opensAt, performance.now() + ms);
  host.rememberUntil = Math.max(host.rememberUntil, host.opensAt);
  host.space_ms = FIRST_SPACE_MS;
}
