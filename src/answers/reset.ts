import type { Socket } from 'node:net';
import { systemCode } from '../errors.ts';

/** The code of a connection that was reset, as requests see it. */
export const RESET = 'CONNECTION_RESET';

/**
 * Sees to it that a reset is an error to undici. By its code, ECONNRESET, undici
 * takes it for the end of a body that has no length of its own, so that half an
 * image would be a whole one.
 */
export function reportResets(socket: Socket): void {
  socket.on('error', (error) => {
    if (systemCode(error) === 'ECONNRESET') Object.assign(error, { code: RESET });
  });
}
