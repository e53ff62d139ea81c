import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { BIN, type CliOptions, type CliResult, createWorkspace, runProgram } from './cli.ts';
import { makePng } from './png.ts';

/** What the name server says to names that match: nothing says of others that they are none. */
export type NameRule = {
  /** A regular expression. */
  match: string;
  a?: string[];
  aaaa?: string[];
  lag_ms?: number;
  /** RFC 1035, 4.1.1. */
  rcode?: number;
  silent?: true | 'a' | 'aaaa';
  /** An address that swallows all until so long after the first question. */
  appears?: { address: string; after_ms: number };
};

export type NamespaceOptions = {
  rules: NameRule[];
  hosts?: string;
  /** Lines of resolv.conf beside the name server. */
  resolv?: string;
};

export type Namespace = {
  runCli(args: string[], options?: CliOptions): Promise<CliResult>;
  /** How often each name was asked for. */
  queries(): Promise<Record<string, number>>;
  close(): Promise<void>;
};

const SERVERS = fileURLToPath(new URL('namespace-servers.mjs', import.meta.url));
/** Nothing answers at 10.8.0.0/16 but what is made an address of this machine. */
const SET_UP = `
ip link set lo up && ip addr add 10.8.255.1/32 dev lo && ip route add 10.8.0.0/16 dev lo &&
mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"`;

/** Whether network namespaces can be made here: on Linux, as root. CI must, so that nothing is skipped there. */
export function hasNamespaces(): boolean {
  const has = spawnSync('unshare', ['-n', '-m', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
  if (!has && process.env.CI) throw new Error('no network namespaces: run the tests as root');
  return has;
}

/** A network of its own with a name server, and a web server on port 8080 of all its addresses. */
export async function startNamespace(options: NamespaceOptions): Promise<Namespace> {
  const files = createWorkspace();
  const hosts = files.write('hosts', `127.0.0.1 localhost\n${options.hosts ?? ''}\n`);
  const resolv = files.write('resolv.conf', `nameserver 127.0.0.1\n${options.resolv ?? ''}\n`);
  const plan = { rules: options.rules, image: makePng(40, 30).toString('base64') };
  const command = [process.execPath, SERVERS, JSON.stringify(plan)];
  const servers = spawn(
    'unshare',
    ['-n', '-m', 'sh', '-c', SET_UP, 'sh', hosts, resolv, ...command],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const [first] = await Promise.race([once(servers, 'message'), once(servers, 'exit')]);
  if (first !== 'ready') throw new Error(`the servers of the namespace ended with ${first}`);
  const inside = ['-t', String(servers.pid), '-n', '-m', process.execPath, BIN];
  return {
    runCli: (args, cliOptions = {}) => runProgram('nsenter', [...inside, ...args], cliOptions),
    async queries() {
      servers.send('queries');
      const [counts] = await once(servers, 'message');
      return z.record(z.string(), z.number()).parse(counts);
    },
    async close() {
      servers.disconnect();
      await once(servers, 'exit');
      files.remove();
    },
  };
}
