import { z } from 'zod';
import type { FaultCode } from './results-schema.ts';

/**
 * Why an image failed, where its code has several causes: said where the fault
 * is made, kept in the journal, and what `explain` goes by. A reason belongs to
 * one code. help/errors.md says what each means.
 */
export const REASONS = {
  'invalid-url': ['empty-url', 'long-url', 'malformed-url', 'malformed-host'],
  'blocked-address': ['deny-host', 'allow-host', 'private-address'],
  dns: ['host-not-found', 'name-lookup-failed', 'dns-timeout'],
  connect: [
    'refused',
    'unreachable',
    'not-permitted',
    'no-local-address',
    'open-files',
    'connect-timeout',
    'system-timeout',
    'proxy-auth',
    'proxy-refused',
  ],
  tls: ['not-tls', 'handshake', 'certificate-untrusted', 'certificate-expired', 'certificate-host'],
  timeout: ['attempt-timeout', 'stalled'],
  disconnected: ['reset', 'closed'],
  'bad-response': [
    'not-http',
    'invalid-status-line',
    'invalid-content-length',
    'invalid-chunk',
    'partial-content',
  ],
  'too-large': ['body-too-large', 'headers-too-large'],
  'unsupported-format': ['not-an-image', 'unknown-format', 'unknown-encoding'],
  work: [
    'threw',
    'work-timeout',
    'bad-output',
    'thread-ended',
    'load-failed',
    'not-a-function',
    'syntax-error',
  ],
} as const satisfies Partial<Record<FaultCode, readonly string[]>>;

export type Reason = (typeof REASONS)[keyof typeof REASONS][number];
/** The reasons of a code; never where it has none. */
export type ReasonOf<Code extends FaultCode> = Code extends keyof typeof REASONS
  ? (typeof REASONS)[Code][number]
  : never;

export const reasonSchema = z.enum(Object.values(REASONS).flat());
