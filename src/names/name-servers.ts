import { Resolver } from 'node:dns';
import { onAbort } from '../abort.ts';
import { systemCode } from '../errors.ts';
import { candidatesOf, type SearchList } from './search-list.ts';

/** Why a name has no address: the code of Node.js or the system. */
export type NoAddress = { code: string };
/** The addresses of a name in the order in which they are tried, or why there are none. */
export type NameAnswer = string[] | NoAddress;

/** When a question is sent, and again: packets get lost, the more so the more are sent at once. */
const SENT_AT_MS = [0, 1000, 4000];
/** RFC 8305, 3: so long the other family has a chance when one has answered. */
const RESOLUTION_DELAY_MS = 50;
/** A question ends with its look-up, and an answer that is late is as good as another. */
const UNLIMITED = { timeout: 3_600_000, tries: 1 };
/** It reads files of the system's, and there may be too many open. */
const NO_RESOLVER: NoAddress = { code: 'EAI_SYSTEM' };
/** No such name, and a name without an address of that family. */
const NOT_THERE = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Asks the system's name servers (`/etc/resolv.conf`) for a name, or for what
 * the search list makes of it, one after another. No thread waits for them: an aborted signal
 * ends it at once, with `ECANCELLED`, and nothing of it is left.
 */
export async function askNameServers(
  name: string,
  list: SearchList,
  signal: AbortSignal,
): Promise<NameAnswer> {
  let failure: NoAddress = { code: 'ENOTFOUND' };
  for (const candidate of candidatesOf(name, list)) {
    const answer = await askForBoth(candidate, signal);
    if (!('code' in answer) || signal.aborted) return answer;
    // As the system does it: the next one may have an answer where this one's server has none.
    if (!NOT_THERE.has(answer.code)) failure = answer;
  }
  return failure;
}

/** Asks for the addresses of both families, IPv6 and IPv4. */
function askForBoth(name: string, signal: AbortSignal): Promise<NameAnswer> {
  return new Promise((resolve) => {
    const resolvers: Resolver[] = [];
    const timers: NodeJS.Timeout[] = [];
    let ipv6: NameAnswer | null = null;
    let ipv4: NameAnswer | null = null;
    let isDelayed = false;

    const end = (answer: NameAnswer) => {
      forget();
      for (const timer of timers) clearTimeout(timer);
      for (const resolver of resolvers) resolver.cancel();
      resolve(answer);
    };
    const look = () => {
      if (ipv6 && ipv4) return end(merge(ipv6, ipv4));
      const only = ipv6 ?? ipv4;
      if (isDelayed || !only || 'code' in only) return undefined;
      isDelayed = true;
      return timers.push(setTimeout(end, RESOLUTION_DELAY_MS, merge(only, [])));
    };
    const send = (times: number) => {
      const resolver = createResolver(times);
      if (!resolver) return end(NO_RESOLVER);
      resolvers.push(resolver);
      resolver.resolve6(name, (error, addresses) => {
        ipv6 ??= error ? { code: systemCode(error) } : addresses;
        look();
      });
      resolver.resolve4(name, (error, addresses) => {
        ipv4 ??= error ? { code: systemCode(error) } : addresses;
        look();
      });
    };

    timers.push(...SENT_AT_MS.map((at_ms, times) => setTimeout(send, at_ms, times)));
    const forget = onAbort(signal, () => end({ code: 'ECANCELLED' }));
  });
}

/** Begins with another server each time, since the first may be down; its port is new (RFC 5452, 9.2). */
function createResolver(times: number): Resolver | null {
  try {
    const resolver = new Resolver(UNLIMITED);
    const servers = resolver.getServers();
    const first = times % servers.length;
    if (first > 0) resolver.setServers([...servers.slice(first), ...servers.slice(0, first)]);
    return resolver;
  } catch {
    return null;
  }
}

/** The addresses of both in turns, the first's first (RFC 8305, 4); where there are none, why. */
function merge(one: NameAnswer, other: NameAnswer): NameAnswer {
  if ('code' in one && 'code' in other) return NOT_THERE.has(one.code) ? other : one;
  const addresses = 'code' in one ? [] : one;
  const others = 'code' in other ? [] : other;
  const longer = addresses.length > others.length ? addresses : others;
  return longer.flatMap((_, index) => [
    ...addresses.slice(index, index + 1),
    ...others.slice(index, index + 1),
  ]);
}
