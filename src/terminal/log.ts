import { messageLines } from './message-lines.ts';
import { formatCounted } from './numbers.ts';
import { logLine, showText } from './prose.ts';
import { columnsOf } from './style.ts';

/** A line for the person at the terminal. */
export type Log = (line: string) => void;

/** How much a run says: nothing but its events as JSON, nothing but warnings, or all. */
export type Talk = { progress: string; quiet: boolean };

/** Says lines on standard error, unless that is for JSON alone; when quiet, warnings only. */
export function createLog({ progress, quiet }: Talk): Log {
  return (line) => {
    if (progress === 'json' || (quiet && !line.startsWith('warning:'))) return;
    const lines = messageLines(`imgjob: ${showText(line)}`, columnsOf(process.stderr));
    process.stderr.write(`${lines.map(logLine).join('\n')}\n`);
  };
}

/** For commands that only look: whatever is to be said is said. */
export const log: Log = createLog({ progress: 'none', quiet: false });

/** Says what a job's options give up. */
export function logRisks({ insecure }: { insecure: boolean }, log: Log): void {
  if (insecure) log('warning: --insecure: any certificate is accepted');
}

const MAX_NAMED = 10;

/** Says which lines of a journal are damaged: what they held is done again. */
export function logDamage(damaged: number[], log: Log): void {
  if (damaged.length === 0) return;
  const named = damaged.slice(0, MAX_NAMED).join(', ');
  const more = damaged.length > MAX_NAMED ? ', …' : '';
  const lines = formatCounted(damaged.length, 'line');
  log(
    `warning: ${lines} of the journal can't be read (${named}${more}): what they held is done again`,
  );
}
