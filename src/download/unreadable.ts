import { systemCode } from '../errors.ts';
import type { Fault } from '../job/effects.ts';
import type { ReasonOf } from '../results/reasons.ts';

type BadResponse = [codes: RegExp, reason: ReasonOf<'bad-response'>, what: string];

/**
 * What can't be read before the body, by the codes of llhttp. undici says that
 * contradictory lengths do not match, and has assertions for a status below 100
 * and for a switch of protocols that nobody asked for.
 */
const BEFORE_THE_BODY: BadResponse[] = [
  [/^HPE_INVALID_(CONSTANT|METHOD|URL)$/, 'not-http', 'the server did not answer in HTTP'],
  [
    /^(HPE_INVALID_(VERSION|STATUS)|ERR_ASSERTION)$/,
    'invalid-status-line',
    'the answer’s status is not valid HTTP',
  ],
  [
    /_CONTENT_LENGTH(_MISMATCH)?$/,
    'invalid-content-length',
    'the answer’s length is not valid HTTP, or contradicts itself',
  ],
  [
    /^HPE_INVALID_TRANSFER_ENCODING$/,
    'invalid-transfer-encoding',
    'the answer’s Transfer-Encoding is not valid HTTP',
  ],
];

const HEADER: BadResponse = [/./, 'invalid-header', 'a header of the answer is not valid HTTP'];
const CHUNKS: BadResponse = [/./, 'invalid-chunk', 'the chunks of the body are not valid HTTP'];

/** Whether something came that can't be read as HTTP; undici throws some parser errors without a code. */
export function isUnreadable(error: unknown): boolean {
  const code = systemCode(error);
  if (/^(HPE_|UND_ERR_RES_CONTENT_LENGTH_MISMATCH$|ERR_ASSERTION$)/.test(code)) return true;
  return error instanceof Error && error.name === 'HTTPParserError';
}

/** The fault of such an answer. In its body only the chunks can be wrong. */
export function unreadable(
  code: string,
  isInBody: boolean,
): Pick<Fault, 'code' | 'reason' | 'message'> {
  const [, reason, what] = isInBody ? CHUNKS : (find(code) ?? HEADER);
  const isNamed = code.startsWith('HPE_') && reason !== 'not-http';
  return { code: 'bad-response', reason, message: isNamed ? `${what} (${code})` : what };
}

function find(code: string): BadResponse | undefined {
  return BEFORE_THE_BODY.find(([codes]) => codes.test(code));
}
