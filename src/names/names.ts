import type { ReasonOf } from '../results/reasons.ts';
import { afterRunning } from '../running-time.ts';
import type { NoAddress } from './name-servers.ts';
import type { NameSources } from './name-sources.ts';

/** Why a name led nowhere; `code` is Node.js's or the system's. */
export type NameFault = { reason: ReasonOf<'dns'>; code: string };
export type FoundName = { addresses: string[] } | NameFault;

export type Names = {
  /** The addresses of a name: at once where they are known. Answers within the limit; never rejects. */
  find(name: string, limit_ms: number): FoundName | Promise<FoundName>;
  /** One of its addresses has answered: it is the first from now on. */
  prefer(name: string, address: string): void;
  /** Ends what is under way. */
  rest(): void;
};

/** How long an answer is used again: half as long as curl does. */
const FOUND_MS = 30_000;
/** A name that is not there: many stores may have it. */
const NOT_FOUND_MS = 5000;
/** What may pass: much shorter than the wait before a retry. */
const FAILED_MS = 100;
/** The most names that are kept, the newest ones. */
const MOST_NAMES = 10_000;
/** The most addresses of a name: each may be a connection for as long as one may take. */
const MOST_ADDRESSES = 8;

type Kept = { found: FoundName; until: number };

/**
 * Look-ups that a process shares: a name is looked up once for all who want
 * it at a time, and what was found is kept for a short while.
 */
export function createNames({ ask, close }: NameSources, now = () => performance.now()): Names {
  const kept = new Map<string, Kept>();
  /** By limit and name: whoever allows less time asks for itself. */
  const underWay = new Map<string, Promise<FoundName>>();
  const limits = new Set<AbortController>();

  function find(name: string, limit_ms: number): FoundName | Promise<FoundName> {
    const known = kept.get(name);
    if (known && known.until > now()) return known.found;
    const key = `${limit_ms} ${name}`;
    const asked = underWay.get(key);
    if (asked) return asked;
    const asking = lookUp(name, limit_ms).then((found) => {
      underWay.delete(key);
      keep(name, found);
      return found;
    });
    underWay.set(key, asking);
    return asking;
  }

  async function lookUp(name: string, limit_ms: number): Promise<FoundName> {
    const limit = new AbortController();
    limits.add(limit);
    const endTimer = afterRunning(limit_ms, () => limit.abort());
    const answer = await ask(name, limit.signal);
    endTimer();
    limits.delete(limit);
    return 'code' in answer ? faultOf(answer) : { addresses: answer.slice(0, MOST_ADDRESSES) };
  }

  function keep(name: string, found: FoundName): void {
    kept.delete(name);
    kept.set(name, { found, until: now() + keptFor(found) });
    const [oldest] = kept.keys();
    if (kept.size > MOST_NAMES && oldest !== undefined) kept.delete(oldest);
  }

  return {
    find,
    prefer(name, address) {
      const known = kept.get(name);
      if (!known || 'reason' in known.found) return;
      const others = known.found.addresses.filter((other) => other !== address);
      known.found = { addresses: [address, ...others] };
    },
    rest() {
      for (const limit of limits) limit.abort();
      close();
    },
  };
}

/** Only what was given up has been waited for as long as it might. */
function faultOf({ code }: NoAddress): NameFault {
  if (code === 'ENOTFOUND') return { reason: 'host-not-found', code };
  return { reason: code === 'ECANCELLED' ? 'dns-timeout' : 'name-lookup-failed', code };
}

function keptFor(found: FoundName): number {
  if ('addresses' in found) return FOUND_MS;
  return found.reason === 'host-not-found' ? NOT_FOUND_MS : FAILED_MS;
}
