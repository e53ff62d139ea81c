import { ImgjobError } from '../errors.ts';

/** One place where Redis listens. */
export type RedisNode = { host: string; port: number };

/** Where Redis is, and how to get in. */
export type RedisAddress = {
  kind: 'single' | 'cluster' | 'sentinel';
  /** Of one that listens on a socket of this machine; else null. */
  path: string | null;
  /** The server, or nodes of a cluster, or sentinels: one that answers is enough. */
  nodes: RedisNode[];
  /** What sentinels call the server; null without sentinels. */
  master: string | null;
  tls: boolean;
  username: string | null;
  password: string | null;
  database: number;
  /** The address without user and password: the only form of it that is shown or kept. */
  shown: string;
};

const EXPECTED =
  'expected redis://HOST:PORT, rediss://HOST:PORT, unix:/PATH, redis-cluster://HOST:PORT,HOST:PORT ' +
  'or redis-sentinel://HOST:PORT,HOST:PORT#NAME';

const FORM =
  /^(?<scheme>rediss?(?:-cluster|-sentinel)?):\/\/(?:(?<user>[^@/#]*)@)?(?<nodes>[^/#@?]*)(?:\/(?<database>\d*))?(?:#(?<master>[\w.:-]{1,128}))?$/;
const SOCKET = /^unix:(?:\/\/)?(?:(?<user>[^@/]*)@)?(?<path>\/[^?#]+)$/;
const NODE = /^(?<host>\[[\da-fA-F:.%]+\]|[^\s:[\]]+)(?::(?<port>\d{1,5}))?$/;

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;
const MAX_LENGTH = 8192;
const MAX_NODES = 100;
const MAX_DATABASE = 1_000_000;

/**
 * Reads an address as it stands in `--redis`. Throws `usage`, without a word
 * of what was given: it may hold a password. The forms of clusters and
 * sentinels are those of Lettuce (RedisURI).
 */
export function parseRedisAddress(text: string): RedisAddress {
  if (text.length > MAX_LENGTH) throw refused();
  const socket = SOCKET.exec(text)?.groups;
  if (socket) {
    const { path = '', user } = socket;
    return { ...SINGLE, nodes: [], ...credentials(user), path, shown: `unix:${path}` };
  }
  const form = FORM.exec(text)?.groups;
  if (!form) throw refused();
  const { scheme = '', user, nodes: list = '', database = '', master } = form;
  const kind = kindOf(scheme);
  if ((kind === 'sentinel') !== (master !== undefined)) throw refused();
  const nodes = list.split(',').map((node) => parseNode(node, kind));
  if (nodes.length > (kind === 'single' ? 1 : MAX_NODES)) throw refused();
  if (Number(database) > MAX_DATABASE) throw refused();
  const address = {
    ...{ kind, path: null, nodes, master: master ?? null },
    ...{ tls: scheme.startsWith('rediss'), database: Number(database) },
    ...credentials(user),
  };
  return { ...address, shown: showAddress(address, scheme) };
}

const SINGLE = { kind: 'single', master: null, tls: false, database: 0 } as const;

function kindOf(scheme: string): RedisAddress['kind'] {
  if (scheme.endsWith('-cluster')) return 'cluster';
  return scheme.endsWith('-sentinel') ? 'sentinel' : 'single';
}

function parseNode(text: string, kind: RedisAddress['kind']): RedisNode {
  const node = NODE.exec(text)?.groups;
  const usual = kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT;
  const port = node?.port === undefined ? usual : Number(node.port);
  if (!node?.host || port < 1 || port > 65_535) throw refused();
  return { host: node.host.replace(/^\[|\]$/g, ''), port };
}

/** `user:password`, `:password`, or a password alone, as redis-cli and its like take them; percent-encoded. */
function credentials(user: string | undefined): Pick<RedisAddress, 'username' | 'password'> {
  if (user === undefined || user === '') return { username: null, password: null };
  const [first = '', ...rest] = user.split(':');
  try {
    if (rest.length === 0) return { username: null, password: decodeURIComponent(first) };
    const password = decodeURIComponent(rest.join(':'));
    return { username: first === '' ? null : decodeURIComponent(first), password };
  } catch {
    throw refused();
  }
}

type Shown = Pick<RedisAddress, 'nodes' | 'master' | 'database'>;

function showAddress({ nodes, master, database }: Shown, scheme: string): string {
  const list = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const where = database === 0 ? '' : `/${database}`;
  return `${scheme}://${list.join(',')}${where}${master === null ? '' : `#${master}`}`;
}

function refused(): ImgjobError {
  return new ImgjobError('usage', `--redis: ${EXPECTED}`, {
    hint: 'User and password go before the host, percent-encoded: redis://USER:PASSWORD@HOST:PORT',
  });
}
