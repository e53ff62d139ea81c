import { formatCounted } from '../report/numbers.ts';

const MAX_NAMED = 10;

/** Says which lines of a journal are damaged: what they held is done again. */
export function printDamage(damaged: number[], say: (line: string) => void): void {
  if (damaged.length === 0) return;
  const named = damaged.slice(0, MAX_NAMED).join(', ');
  const more = damaged.length > MAX_NAMED ? ', …' : '';
  const lines = formatCounted(damaged.length, 'line');
  say(
    `warning: ${lines} of the journal can't be read (${named}${more}): what they held is done again`,
  );
}
