import { DEFAULTS } from './defaults.ts';
import type { JobOptions } from './job-options.ts';
import { optionDuration, optionRate, optionSize } from './option-values.ts';

/** Those whose option is not called as they are. */
const FLAGS: { [Name in keyof JobOptions]?: string } = {
  allow_hosts: '--allow-host',
  deny_hosts: '--deny-host',
};

/**
 * The options of a job as words of a command line: those that are other than
 * their defaults. Of headers only the names are known: they are not in here.
 */
export function optionWords(options: JobOptions): string[] {
  const defaults = new Map<string, unknown>(Object.entries(DEFAULTS));
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    const isUsual = JSON.stringify(value) === JSON.stringify(defaults.get(name));
    return isUsual || name === 'headers' ? [] : wordsOf(name, value);
  });
}

function wordsOf(name: string, value: unknown): string[] {
  const flag =
    new Map(Object.entries(FLAGS)).get(name) ??
    `--${name.replace(/_ms$/, '').replaceAll('_', '-')}`;
  if (Array.isArray(value)) return value.flatMap((item) => [flag, String(item)]);
  if (typeof value === 'boolean') return value ? [flag] : [];
  if (typeof value !== 'number') return [flag, String(value)];
  return [flag, numberText(name, value)];
}

function numberText(name: string, value: number): string {
  if (name === 'rate') return optionRate(value);
  if (name === 'max_bytes') return optionSize(value);
  // A sleep and the wait of a batch may be none, which no other time can be.
  return name.endsWith('_ms') && value > 0 ? optionDuration(value) : String(value);
}
