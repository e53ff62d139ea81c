import { Client, type Dispatcher } from 'undici';
import { MAX_HEADER_BYTES, readLeniently } from '../answers/lenient.ts';
import type { Connector } from './connector.ts';

/** How the connections of some requests are opened. */
export type Route = {
  connect: Connector['connect'];
  /** Most connections to one origin. */
  per_origin: number;
};

/** A request as connections take it. */
export type RequestOptions = Omit<Dispatcher.DispatchOptions, 'origin' | 'headers'> & {
  origin: string;
  headers: Record<string, string>;
  /** Who is at the other end of TLS; the origin's host unless it is said. */
  servername?: string;
};

/** A connection that one request has to itself. */
export type Connection = {
  dispatcher: { dispatch(options: RequestOptions, handler: Dispatcher.DispatchHandler): boolean };
  /**
   * Has its next request go out over a connection of its own, whose answer is
   * read leniently; it serves no other after that.
   */
  beLenient(): void;
  /** Gives it back when its response has ended; a broken one is not used again. */
  release(isBroken: boolean): void;
};

export type Connections = {
  /** A connection at once, or as soon as there may be one. */
  take(origin: string): Connection | Promise<Connection>;
  /** Closes these connections at once. */
  close(): Promise<void>;
};

/** All connections of a process: each route has its own, and all together are bounded. */
export type ConnectionPool = {
  open(route: Route): Connections;
  /** Most connections in all from now on, those at rest included. */
  setMost(most: number): void;
};

/** So many go on over the connections of one origin before another's turn: it may cost one of them. */
const FEW = 8;

type Lane = Connection & {
  origin: Origin;
  client: Client;
  isConnected: boolean;
  isLenient: boolean;
};
type Origin = {
  url: string;
  route: Route;
  /** The origins of its route. */
  known: Map<string, Origin>;
  open: number;
  /** The one that rested last is taken first, so that those not needed may close. */
  resting: Lane[];
  /** How many of its waiting were served since another had a chance. */
  inARow: number;
  waiting: ((lane: Lane) => void)[];
};

/**
 * Kept-alive connections, each a client of undici's that serves one request at
 * a time. undici's own pool looks through its connections for each request,
 * which takes the longer the more there are, and knows no bound on all origins.
 */
export function createConnectionPool(): ConnectionPool {
  let most = Number.POSITIVE_INFINITY;
  const lanes = new Set<Lane>();
  /** Those of all origins, the one that rested longest first. */
  const resting = new Set<Lane>();
  /** Origins that somebody waits for, in turns. */
  const wanted = new Set<Origin>();

  function open(route: Route): Connections {
    const known = new Map<string, Origin>();
    return {
      take: (url) => take(originOf(url, route, known)),
      async close() {
        const own = [...lanes].filter(({ origin }) => origin.known === known);
        await Promise.all(own.map(forget));
        serve();
      },
    };
  }

  function originOf(url: string, route: Route, known: Map<string, Origin>): Origin {
    const found = known.get(url);
    if (found) return found;
    const origin: Origin = { url, route, known, open: 0, resting: [], inARow: 0, waiting: [] };
    known.set(url, origin);
    return origin;
  }

  function take(origin: Origin): Connection | Promise<Connection> {
    const lane = origin.waiting.length === 0 ? tryTake(origin) : null;
    if (lane) return lane;
    return new Promise((resolve) => {
      origin.waiting.push(resolve);
      wanted.add(origin);
    });
  }

  /** Null where the origin or the whole is full. */
  function tryTake(origin: Origin): Lane | null {
    const rested = origin.resting.pop();
    if (rested) resting.delete(rested);
    return rested ?? openLane(origin);
  }

  function openLane(origin: Origin): Lane | null {
    if (origin.open >= origin.route.per_origin) return null;
    if (lanes.size >= most) {
      const [longest] = resting;
      if (!longest) return null;
      void forget(longest);
    }
    const { connect } = origin.route;
    const client = openClient(origin.url, connect);
    const lane: Lane = {
      ...{ origin, client, isConnected: false, isLenient: false },
      dispatcher: { dispatch: (options, handler) => lane.client.dispatch(options, handler) },
      beLenient() {
        void lane.client.destroy();
        lane.isLenient = true;
        lane.client = openClient(origin.url, lenient(connect));
      },
      release: (isBroken) => (isBroken ? drop(lane) : rest(lane)),
    };
    client.on('connect', () => {
      lane.isConnected = true;
    });
    client.on('disconnect', () => {
      lane.isConnected = false;
      if (resting.has(lane)) drop(lane);
    });
    origin.open += 1;
    lanes.add(lane);
    return lane;
  }

  function rest(lane: Lane): void {
    const { origin } = lane;
    if (!lane.isConnected || lane.isLenient) {
      drop(lane);
    } else if (origin.inARow < FEW && origin.waiting.length > 0) {
      serveNext(origin, lane);
    } else {
      origin.inARow = 0;
      origin.resting.push(lane);
      resting.add(lane);
      serve();
    }
  }

  function drop(lane: Lane): void {
    void forget(lane);
    serve();
  }

  async function forget(lane: Lane): Promise<void> {
    if (!lanes.delete(lane)) return;
    const { origin, client } = lane;
    origin.open -= 1;
    if (resting.delete(lane)) origin.resting.splice(origin.resting.indexOf(lane), 1);
    if (origin.open === 0 && origin.waiting.length === 0) origin.known.delete(origin.url);
    await client.destroy();
  }

  /** One of each origin that somebody waits for, in turns, while there is room. */
  function serve(): void {
    for (const origin of wanted) {
      const isFull = lanes.size >= most && resting.size === 0;
      if (isFull) return;
      const lane = tryTake(origin);
      if (!lane) continue;
      wanted.delete(origin);
      wanted.add(origin);
      serveNext(origin, lane);
    }
  }

  /** In the order they came. */
  function serveNext(origin: Origin, lane: Lane): void {
    origin.inARow += 1;
    origin.waiting.shift()?.(lane);
    if (origin.waiting.length === 0) wanted.delete(origin);
  }

  function setMost(allowed: number): void {
    most = allowed;
    serve();
  }

  return { open, setMost };
}

function openClient(url: string, connect: Route['connect']): Client {
  return new Client(url, { connect, maxHeaderSize: MAX_HEADER_BYTES });
}

function lenient(connect: Route['connect']): Route['connect'] {
  return (options, callback) =>
    connect(options, (...outcome) => {
      const [, socket] = outcome;
      if (socket) readLeniently(socket);
      callback(...outcome);
    });
}
