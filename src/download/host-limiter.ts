import { onAbort } from '../abort.ts';

/** What one who asks is held to, together with all who are held to the same. */
export type HostLimits = {
  /** Most requests to one host at a time; null for no limit. */
  max_per_host: number | null;
  /** Requests a second to one host; null for as many as come. */
  rate: number | null;
};

export type HostLimiter = {
  /** The limiter as one who asks under these limits sees it: those of equal limits share them. */
  under(limits: HostLimits): HostEntrance;
};

export type HostEntrance = {
  /**
   * The way to leave again, at once where the host may be asked now, else when
   * it may. An abort ends the wait.
   */
  enter(host: string, signal: AbortSignal): (() => void) | Promise<() => void>;
  /** Lets nobody ask a host for so many milliseconds from now, whatever their limits. */
  slowDown(host: string, ms: number): void;
};

type Limits = { most: number; spacing_ms: number };

/** Those who ask one host under the same limits. */
type Line = {
  inside: number;
  /** Monotonic milliseconds of the last one's entry. */
  enteredAt: number;
  waiting: (() => void)[];
};

type Host = {
  lines: Map<Limits, Line>;
  /** Monotonic milliseconds before which nobody may enter. */
  opensAt: number;
  /** Until when it must be remembered. */
  rememberUntil: number;
  /** When somebody may enter next whom time alone holds. */
  timer: { at: number; handle: NodeJS.Timeout } | null;
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

/** One for the whole process, so that jobs which are to be polite are polite together. */
export function createHostLimiter(): HostLimiter {
  const hosts = new Map<string, Host>();
  const limitsByText = new Map<string, Limits>();
  let forgetAt = MAX_HOSTS;

  function hostOf(name: string): Host {
    const known = hosts.get(name);
    if (known) return known;
    if (hosts.size >= forgetAt) forgetResting();
    const times = { opensAt: 0, rememberUntil: 0, space_ms: 0 };
    const host: Host = { lines: new Map(), ...times, timer: null };
    hosts.set(name, host);
    return host;
  }

  function forgetResting(): void {
    const now = performance.now();
    for (const [name, host] of hosts) {
      if (host.rememberUntil <= now && [...host.lines.values()].every(isEmpty)) hosts.delete(name);
    }
    // Those that must be remembered are not looked at again for each new one.
    forgetAt = Math.max(MAX_HOSTS, 2 * hosts.size);
  }

  /** One object for equal limits: it stands for them. */
  function limitsOf({ max_per_host, rate }: HostLimits): Limits {
    const text = `${max_per_host} ${rate}`;
    const limits = limitsByText.get(text) ?? {
      most: max_per_host ?? Number.POSITIVE_INFINITY,
      spacing_ms: rate === null ? 0 : 1000 / rate,
    };
    limitsByText.set(text, limits);
    return limits;
  }

  function under(given: HostLimits): HostEntrance {
    const limits = limitsOf(given);
    return {
      enter: (name, signal) => enter(hostOf(name), limits, signal),
      slowDown: (name, ms) => slowDown(hostOf(name), ms),
    };
  }

  return { under };
}

function isEmpty({ inside, waiting }: Line): boolean {
  return inside === 0 && waiting.length === 0;
}

function lineOf({ lines }: Host, limits: Limits): Line {
  const known = lines.get(limits);
  if (known) return known;
  const line: Line = { inside: 0, enteredAt: Number.NEGATIVE_INFINITY, waiting: [] };
  lines.set(limits, line);
  return line;
}

/** When the next of a line may enter, as far as time alone decides it. */
function opening({ opensAt }: Host, { enteredAt }: Line, { spacing_ms }: Limits): number {
  return Math.max(opensAt, enteredAt + spacing_ms);
}

function mayEnter(host: Host, line: Line, limits: Limits): boolean {
  return line.inside < limits.most && opening(host, line, limits) <= performance.now();
}

function goIn(host: Host, line: Line, { spacing_ms }: Limits): void {
  const now = performance.now();
  line.inside += 1;
  line.enteredAt = now;
  host.opensAt = Math.max(host.opensAt, now) + host.space_ms;
  host.rememberUntil = Math.max(host.rememberUntil, host.opensAt, now + spacing_ms);
  host.space_ms = host.space_ms < 1 ? 0 : host.space_ms * LESS_EACH_TIME;
}

/** Lets in who may, a line after the other; comes back when time alone holds the next one. */
function admit(host: Host): void {
  let next = Number.POSITIVE_INFINITY;
  for (const [limits, line] of host.lines) {
    while (line.waiting.length > 0 && mayEnter(host, line, limits)) {
      goIn(host, line, limits);
      line.waiting.shift()?.();
    }
    if (line.waiting.length === 0 || line.inside >= limits.most) continue;
    next = Math.min(next, opening(host, line, limits));
  }
  comeBack(host, next);
}

/** A timer that nobody waits for would keep the process. */
function comeBack(host: Host, at: number): void {
  if (host.timer?.at === at) return;
  if (host.timer) clearTimeout(host.timer.handle);
  host.timer = null;
  if (at === Number.POSITIVE_INFINITY) return;
  const handle = setTimeout(
    () => {
      host.timer = null;
      admit(host);
    },
    Math.min(MAX_TIMER_MS, Math.ceil(at - performance.now())),
  );
  host.timer = { at, handle };
}

function enter(
  host: Host,
  limits: Limits,
  signal: AbortSignal,
): (() => void) | Promise<() => void> {
  const line = lineOf(host, limits);
  const leave = () => {
    line.inside -= 1;
    if (line.waiting.length > 0) admit(host);
  };
  if (line.waiting.length === 0 && mayEnter(host, line, limits)) {
    goIn(host, line, limits);
    return leave;
  }
  return new Promise((resolve) => {
    let forget = () => {};
    const go = () => {
      forget();
      resolve(leave);
    };
    line.waiting.push(go);
    admit(host);
    forget = onAbort(signal, () => {
      const index = line.waiting.indexOf(go);
      if (index === -1) return;
      line.waiting.splice(index, 1);
      admit(host);
      resolve(() => {});
    });
  });
}

function slowDown(host: Host, ms: number): void {
  host.opensAt = Math.max(host.opensAt, performance.now() + ms);
  host.rememberUntil = Math.max(host.rememberUntil, host.opensAt);
  host.space_ms = FIRST_SPACE_MS;
}
