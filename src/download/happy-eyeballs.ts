import { connect, type Socket } from 'node:net';
import { systemCode } from '../errors.ts';

/** The connection, and to which of the addresses it is. */
export type FirstConnection = { socket: Socket; address: string };

export type ConnectionRace = {
  /** Ends all that is still connecting; nothing more is heard of it. */
  end(): void;
};

/** RFC 8305, 5: when the next address is tried beside those that have not answered yet. */
const ATTEMPT_DELAY_MS = 250;
/** Bytes that may wait in memory, as undici has it: the usual quarter of that slows large bodies down. */
const HIGH_WATER_MARK = 65_536;
/** What says more of this machine than of the host: another address's failure is told instead. */
const NO_ROUTE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/**
 * Connects to the first of a host's addresses that answers (RFC 8305, "happy
 * eyeballs"). They are tried one after another, the next as soon as one has
 * failed or 250 ms have passed; none is given up for the sake of another, so
 * that a slow host has all the time there is. Fails when all have failed.
 */
export function connectToFirst(
  addresses: string[],
  port: number,
  done: (outcome: FirstConnection | Error) => void,
): ConnectionRace {
  const connecting = new Set<Socket>();
  const waiting = [...addresses];
  let failure: Error | null = null;
  let timer: NodeJS.Timeout | undefined;

  function end(): void {
    clearTimeout(timer);
    waiting.length = 0;
    for (const socket of connecting) socket.destroy();
    connecting.clear();
  }

  function next(): void {
    clearTimeout(timer);
    const address = waiting.shift();
    if (address === undefined) return;
    if (waiting.length > 0) timer = setTimeout(next, ATTEMPT_DELAY_MS);
    const to = { host: address, port, highWaterMark: HIGH_WATER_MARK };
    const socket = connect(to);
    connecting.add(socket);
    // Also when it is no longer of interest: an error that nobody listens to ends the process.
    socket.on('error', (error) => {
      if (!connecting.delete(socket)) return;
      if (!failure || NO_ROUTE.has(systemCode(failure))) failure = error;
      if (waiting.length > 0) next();
      else if (connecting.size === 0) done(failure);
    });
    socket.once('connect', () => {
      if (!connecting.delete(socket)) return;
      end();
      done({ socket, address });
    });
  }

  next();
  return { end };
}
