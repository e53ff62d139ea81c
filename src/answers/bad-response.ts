import { systemCode } from '../errors.ts';
import type { ReasonOf } from '../results/reasons.ts';

type BadReason = ReasonOf<'bad-response'>;

/** What a connection ends with whose answer can't be read, not even leniently. */
export class BadResponseError extends Error {
  readonly code = 'BAD_RESPONSE';
  readonly reason: BadReason;

  constructor(reason: BadReason, message: string) {
    super(message);
    this.name = 'BadResponseError';
    this.reason = reason;
  }
}

/**
 * What an error says of an answer that can't be read; null for any other error.
 * undici throws its parser's errors without a code, says that contradictory
 * lengths do not match, and has assertions for a status below 100 and for a
 * switch of protocols that nobody asked for.
 */
export function findBadResponse(error: unknown, isInBody: boolean): BadResponseError | null {
  if (error instanceof BadResponseError) return error;
  const isRefused =
    /^(HPE_|UND_ERR_RES_CONTENT_LENGTH_MISMATCH$|ERR_ASSERTION$)/.test(systemCode(error)) ||
    (error instanceof Error && error.name === 'HTTPParserError');
  if (!isRefused) return null;
  return isInBody
    ? new BadResponseError('invalid-chunk', 'the chunks of the body are not valid HTTP')
    : new BadResponseError('not-http', 'the server did not answer in HTTP');
}
