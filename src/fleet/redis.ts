import { isIP } from 'node:net';
import { ImgjobError, messageOf, systemCode } from '../errors.ts';
import type { Log } from '../terminal/log.ts';
import { showText } from '../terminal/prose.ts';
import type { RedisAddress } from './address.ts';
import { type FleetPackages, loadFleetPackages } from './packages.ts';

type IoRedis = FleetPackages['ioredis'];
/** A connection, or those to the nodes of a cluster. */
export type RedisClient = InstanceType<IoRedis['Redis']> | InstanceType<IoRedis['Cluster']>;

/** Connections to one Redis. Commands wait through any outage: none of them fails for want of a connection. */
export type RedisLink = {
  packages: FleetPackages;
  address: RedisAddress;
  /** For what does not block. */
  client: RedisClient;
  /** One more, for what blocks or for BullMQ. Closed with the others. */
  connect(): RedisClient;
  /** Called whenever a connection was lost and is there again. */
  onBack(listener: () => void): void;
  close(): void;
};

/** At the start somebody waits for it. */
const FIRST_MS = 10_000;
/** Where nobody listens, nobody will in a moment: one more is for a server that is being started. */
const MOST_REFUSALS = 3;
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTFOUND']);
/** What is pending and brings no byte for so long is sent again over another connection; BullMQ blocks for 10 s. */
const SILENT_MS = 15_000;
const CONNECT_MS = 10_000;
const LONGEST_WAIT_MS = 2000;

/** Connects. Throws `usage` where Redis lets us not in, and `redis-unreachable` where it does not answer. */
export async function connectRedis(address: RedisAddress, log: Log): Promise<RedisLink> {
  const packages = await loadFleetPackages();
  const clients = new Set<RedisClient>();
  const listeners: (() => void)[] = [];
  const outage = createOutage(address, log);

  function connect(pipelines = false): RedisClient {
    const client = createClient(packages.ioredis, address, pipelines);
    clients.add(client);
    // To disconnect it once more would keep the process alive for 2 s.
    client.once('end', () => clients.delete(client));
    // Whatever is wrong with Redis is seen by the first, which is asked every second.
    client.on('error', () => {});
    return client;
  }

  const client = connect(true);
  client.on('error', outage.onError);
  const close = () => {
    for (const one of clients) one.disconnect();
  };
  try {
    await firstAnswer(client, address);
  } catch (error) {
    close();
    throw error;
  }
  client.on('ready', () => {
    outage.onReady();
    for (const listener of listeners) listener();
  });
  outage.begin();
  const onBack = (listener: () => void) => void listeners.push(listener);
  return { packages, address, client, connect, onBack, close };
}

function createClient(
  { Redis, Cluster }: IoRedis,
  address: RedisAddress,
  pipelines: boolean,
): RedisClient {
  const retry = (times: number) => Math.min(LONGEST_WAIT_MS, 50 * 2 ** Math.min(times, 10));
  const login = {
    ...(address.username !== null && { username: address.username }),
    ...(address.password !== null && { password: address.password }),
  };
  const options = {
    ...login,
    db: address.database,
    // Version 5 of ioredis knows no other; answers are as in there.
    protocol: 2 as const,
    ...(address.tls && { tls: {} }),
    enableAutoPipelining: pipelines,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    retryStrategy: retry,
    // Of a server that was a master: the commands are sent again to the next one.
    reconnectOnError: ({ message }: Error): 2 | false =>
      message.startsWith('READONLY') ? 2 : false,
  };
  const { kind, nodes, master, path } = address;
  if (kind === 'cluster') {
    return new Cluster(nodes, {
      redisOptions: options,
      clusterRetryStrategy: retry,
      enableAutoPipelining: pipelines,
      ...(address.tls && { dnsLookup: (host, callback) => callback(null, host) }),
    });
  }
  if (kind === 'sentinel') {
    return new Redis({
      ...options,
      sentinels: nodes,
      name: master ?? '',
      sentinelRetryStrategy: retry,
      enableTLSForSentinelMode: address.tls,
    });
  }
  if (path !== null) return new Redis({ ...options, path });
  const [{ host, port } = { host: 'localhost', port: 0 }] = nodes;
  // An IP address is no name that a server could be asked for (RFC 6066, 3).
  const tls = address.tls && isIP(host) === 0 ? { tls: { servername: host } } : {};
  return new Redis({ ...options, ...tls, host, port });
}

async function firstAnswer(client: RedisClient, address: RedisAddress): Promise<void> {
  let last: unknown = null;
  let refusals = 0;
  let timer: NodeJS.Timeout | undefined;
  const failure = new Promise<never>((_, reject) => {
    const onError = (error: unknown) => {
      last = error;
      if (isRefusal(error)) reject(refused(address, error));
      if (NOBODY.has(systemCode(error))) refusals += 1;
      if (refusals === MOST_REFUSALS) reject(unreachable(address, error));
    };
    client.on('error', onError);
    timer = setTimeout(() => reject(unreachable(address, last)), FIRST_MS);
  });
  try {
    await Promise.race([client.call('PING'), failure]);
  } catch (error) {
    throw error instanceof ImgjobError ? error : refused(address, error);
  } finally {
    clearTimeout(timer);
    failure.catch(() => {});
  }
}

/** Whether the server answered, and does not let us in. */
function isRefusal(error: unknown): boolean {
  return /^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/.test(messageOf(error));
}

/** What went wrong at a start: where it is for a right that our user lacks, `usage` with the rights that it needs. */
export function asRefusal(error: unknown, address: RedisAddress): unknown {
  return isRefusal(error) ? refused(address, error) : error;
}

function refused({ shown }: RedisAddress, cause: unknown): ImgjobError {
  const why = messageOf(cause);
  const hint = why.startsWith('NOPERM')
    ? 'A user of its own needs its keys and INFO: ~{imgjob}:* +@all -@dangerous -@admin +info'
    : 'User and password go into the address: IMGJOB_REDIS=redis://USER:PASSWORD@HOST:PORT';
  return new ImgjobError('usage', `Redis at ${shown} refuses: ${showText(why)}`, { cause, hint });
}

/** What BullMQ says of its connections is known; what Redis says to it is said nowhere else. */
export function sayReply(error: Error, log: Log): void {
  if (error.name === 'ReplyError') log(`warning: Redis: ${showText(error.message)}`);
}

function unreachable({ shown }: RedisAddress, cause: unknown): ImgjobError {
  const why = cause === null ? 'no answer' : whyOf(cause);
  return new ImgjobError('redis-unreachable', `can't reach Redis at ${shown}: ${why}`, { cause });
}

const SENTENCES: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'no such socket',
  ENOTFOUND: 'its name is not known',
  ETIMEDOUT: 'it does not answer',
};

function whyOf(error: unknown): string {
  return SENTENCES[systemCode(error)] ?? showText(messageOf(error));
}

/** Says once that Redis is gone, and once that it is back, however many attempts there are. */
function createOutage({ shown }: RedisAddress, log: Log) {
  let isGone = false;
  let hasBegun = false;
  return {
    begin() {
      hasBegun = true;
    },
    onError(error: unknown) {
      if (!hasBegun || isGone) return;
      isGone = true;
      log(`warning: Redis at ${shown} is gone (${whyOf(error)}): waiting for it`);
    },
    onReady() {
      if (isGone) log(`Redis at ${shown} is back`);
      isGone = false;
    },
  };
}
