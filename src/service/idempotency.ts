import { createHash } from 'node:crypto';
import { ImgjobError } from '../errors.ts';
import type { JobIndex } from './job-index.ts';
import type { JobRecord } from './job-record.ts';

const MAX_KEY_LENGTH = 256;

/** The digest of an Idempotency-Key, which may be anybody's secret. Throws `usage`. */
export function digestOfKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  if (key === '' || key.length > MAX_KEY_LENGTH) {
    const message = `Idempotency-Key: expected 1 to ${MAX_KEY_LENGTH} characters`;
    throw new ImgjobError('usage', message);
  }
  return createHash('sha256').update(key).digest('base64url');
}

type Handed = { key: string | null; content: string | null };

/**
 * A submission that is repeated with its key is the same job, also while the
 * first is being taken in, and after a restart: keys are kept as long as the
 * jobs. Throws `key-reused` where something else comes with a key.
 */
export function createIdempotency(index: JobIndex) {
  const underWay = new Map<string, { content: string | null; record: Promise<JobRecord> }>();

  return async (
    { key, content }: Handed,
    submit: () => Promise<JobRecord>,
  ): Promise<{ record: JobRecord; isNew: boolean }> => {
    const known = key === null ? null : index.byKey(key);
    if (known) return { record: same(known, known.content, content), isNew: false };
    const other = key === null ? undefined : underWay.get(key);
    if (other) return { record: same(await other.record, other.content, content), isNew: false };
    const record = submit();
    if (key !== null) underWay.set(key, { content, record });
    try {
      return { record: await record, isNew: true };
    } finally {
      if (key !== null) underWay.delete(key);
    }
  };
}

function same(record: JobRecord, before: string | null, now: string | null): JobRecord {
  if (before === now) return record;
  const message = 'this Idempotency-Key came with something else before';
  throw new ImgjobError('key-reused', message);
}
