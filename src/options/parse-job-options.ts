import type { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { type JobOptions, jobOptionsSchema } from './job-options.ts';

/** What is wrong with an option. */
export type OptionProblem = {
  /** Its name, with the position in a list: `deny_hosts[2]`; empty where none can be read. */
  option: string;
  /** `expected …`, in words for a person. */
  message: string;
};

/** The most problems that are told. */
const MAX_PROBLEMS = 20;

/**
 * The options of a job from a value of any kind. What is not given, or
 * undefined, is as in `DEFAULTS`; hosts are answered in the spelling of URLs.
 * Answers the first 20 problems where there are any; never throws.
 */
export function parseJobOptions(
  given: unknown,
): { options: JobOptions } | { problems: OptionProblem[] } {
  const outcome = jobOptionsSchema.safeParse(isObject(given) ? withDefaults(given) : null);
  if (outcome.success) return { options: outcome.data };
  return { problems: outcome.error.issues.flatMap(problemsOf).slice(0, MAX_PROBLEMS) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without what is undefined, which would hide a default. */
function withDefaults(given: object): object {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...Object.fromEntries(present) };
}

function problemsOf(issue: z.core.$ZodIssue): OptionProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((option) => ({ option, message: 'there is no such option' }));
  }
  const [name = '', ...positions] = issue.path.map(String);
  const option = name + positions.map((position) => `[${position}]`).join('');
  return [{ option, message: issue.message }];
}
