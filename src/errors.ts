import { constants } from 'node:os';

/** Exit codes other people's scripts rely on; a signal adds its number to 128. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  internal: 3,
} as const;

/** Every way imgjob itself can refuse or break off, and the exit code it gives. */
const EXIT_OF = {
  usage: EXIT.usage,
  'manifest-unreadable': EXIT.usage,
  'manifest-invalid': EXIT.usage,
  'manifest-changed': EXIT.internal,
  'results-unreadable': EXIT.usage,
  'output-unwritable': EXIT.internal,
  'save-unwritable': EXIT.internal,
  'temporary-unwritable': EXIT.internal,
  'unknown-job': EXIT.usage,
  'unknown-image': EXIT.usage,
  'job-interrupted': EXIT.usage,
  'manifest-differs': EXIT.usage,
  'job-running': EXIT.internal,
  'job-ended': EXIT.usage,
  'server-running': EXIT.internal,
  'server-unreachable': EXIT.internal,
  'redis-unreachable': EXIT.internal,
  'queue-full': EXIT.internal,
  'key-reused': EXIT.usage,
  unauthorized: EXIT.usage,
  forbidden: EXIT.usage,
  misdirected: EXIT.usage,
  'unknown-path': EXIT.usage,
  'method-not-allowed': EXIT.usage,
  'bad-request': EXIT.usage,
  'headers-too-large': EXIT.usage,
  'expectation-failed': EXIT.usage,
  'unsupported-type': EXIT.usage,
  'unsupported-coding': EXIT.usage,
  'body-too-large': EXIT.usage,
  'body-too-slow': EXIT.internal,
  'lock-lost': EXIT.internal,
  stopped: EXIT.internal,
  'state-unwritable': EXIT.internal,
  'state-unreadable': EXIT.internal,
  'journal-unwritable': EXIT.internal,
  'journal-unreadable': EXIT.internal,
  'work-not-closed': EXIT.failed,
  internal: EXIT.internal,
} as const;

export type ErrorCode = keyof typeof EXIT_OF;

export function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(EXIT_OF, code);
}

/**
 * An error for the person at the terminal: a stable `code`, one sentence, and
 * where there is one a `hint` that says what to do. Failures of images are
 * values (`Fault` in job/effects.ts), never this.
 */
export class ImgjobError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ImgjobError';
    this.code = code;
    this.hint = options.hint;
  }

  /** The exit code of a process that ends with this error. */
  get exitCode(): number {
    return EXIT_OF[this.code];
  }
}

/** Whether an error is one of ours with this code. */
export function isOf(error: unknown, code: ErrorCode): boolean {
  return error instanceof ImgjobError && error.code === code;
}

/** The system's code of an unknown error (`ENOENT`, `UND_ERR_SOCKET`), or an empty string. */
export function systemCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  if (typeof error.code !== 'string') return '';
  // libuv has no name for some, such as EDQUOT, of which the number is all there is.
  const isNameless = /^UNKNOWN$|^Unknown system error/.test(error.code);
  const number = isNameless && 'errno' in error ? error.errno : null;
  const [name] = Object.entries(constants.errno).find(([, known]) => -known === number) ?? [];
  return name ?? error.code;
}

/** The message of whatever was thrown. Never throws itself, whatever a foreign getter or `toString` does. */
export function messageOf(error: unknown): string {
  try {
    if (typeof error === 'string' && error !== '') return error;
    if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
    if (error instanceof Error) return String(error.message) || error.name;
    if (typeof error === 'object' && error !== null && 'message' in error) {
      return messageOf(error.message);
    }
    return `threw ${typeof error === 'object' ? JSON.stringify(error) : String(error) || "''"}`;
  } catch {
    return 'threw something without a text';
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
  ENXIO: 'no program reads it',
  EBADF: 'it is not open for writing',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
};

/** Why something can't be written, as a person says it. */
export function reasonOf(error: unknown): string {
  return REASONS[systemCode(error)] ?? messageOf(error);
}

/** Why a file that was named can't be read. */
export function whyUnread(error: unknown): string {
  return systemCode(error) === 'ENOENT' ? 'no such file' : reasonOf(error);
}
