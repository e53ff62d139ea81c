import { hostname } from 'node:os';
import { parseHosts } from './hosts-file.ts';
import { askNameServers, type NameAnswer } from './name-servers.ts';
import { parseSearchList } from './search-list.ts';
import { createSystemFile } from './system-file.ts';
import { createSystemNames } from './system-names.ts';

/** Where names come from. */
export type NameSources = {
  /** The addresses of a name. Answers `ECANCELLED` once the signal is aborted; never rejects. */
  ask(name: string, signal: AbortSignal): Promise<NameAnswer>;
  /** Leaves nothing behind; what is asked for later begins anew. */
  close(): void;
};

type Environment = Record<string, string | undefined>;

/** RFC 6761, 6.3: such names never leave the machine. */
const LOOPBACK = ['::1', '127.0.0.1'];

/**
 * The sources of names in their order: the table of hosts, the name servers,
 * and for what those don't know the system, which may know others (multicast
 * DNS, LDAP, …). Only Linux says in files how it looks names up: elsewhere it
 * is the system alone. Of the environment it takes what `resolv.conf(5)` names.
 */
export function createNameSources(env: Environment, platform = process.platform): NameSources {
  const hosts = createSystemFile('/etc/hosts', parseHosts);
  const searchList = createSystemFile('/etc/resolv.conf', (text) =>
    parseSearchList({ text, env, machine: hostname() }),
  );
  const system = createSystemNames(env);

  async function ask(name: string, signal: AbortSignal): Promise<NameAnswer> {
    const plain = name.replace(/\.$/, '');
    const listed = hosts().get(plain);
    if (listed) return listed;
    if (/(^|\.)localhost$/.test(plain)) return LOOPBACK;
    if (platform !== 'linux') return system.ask(name, signal);
    const answer = await askNameServers(name, searchList(), signal);
    if (!('code' in answer) || signal.aborted) return answer;
    const second = await system.ask(name, signal);
    // Where neither knows it, the name servers say more: a search list may hide that one failed.
    return 'code' in second ? answer : second;
  }

  return { ask, close: system.close };
}
