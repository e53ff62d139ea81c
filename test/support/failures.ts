import { adviseOn } from '../../src/explain/advice.ts';
import type { Failure } from '../../src/explain/change.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import type { JobOptions } from '../../src/options/job-options.ts';
import type { ImageError } from '../../src/results/results-schema.ts';
import { shellWord, type Word } from '../../src/terminal/shell-word.ts';

type Given = Partial<ImageError & Omit<Failure, 'error' | 'options'>> & {
  options?: Partial<JobOptions>;
};

/** A failed image of https://cdn.example/a.png, asked of that host; no reason is known. */
export function failure({ code, message, http_status, host, options, ...more }: Given): Failure {
  const error: ImageError = {
    code: code ?? 'internal',
    message: message ?? '',
    http_status: http_status ?? null,
    host: host === undefined ? 'cdn.example' : host,
  };
  return {
    ...{ url: 'https://cdn.example/a.png', error, reason: null, bytes: null, skipped: 0 },
    onServer: false,
    options: { ...DEFAULTS, ...options },
    ...more,
  };
}

const shown = (options: Word[]) =>
  options.map((word) => (typeof word === 'string' ? word : shellWord(word))).join(' ');

/** What is proposed: each change as its options, or as its sentence where it has none. */
export function changes(given: Given): string[] {
  return adviseOn(failure(given)).map(({ options, what }) => shown(options) || what);
}
