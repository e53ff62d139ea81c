import { fold } from './columns.ts';
import { programName } from './program-name.ts';
import { foldCommand } from './shell-word.ts';

/**
 * A line for a person in lines of so many columns, of any length where that is
 * null. No word is broken, and a command that it ends with can still be copied.
 */
export function messageLines(line: string, columns: number | null): string[] {
  if (columns === null || line.length <= columns) return [line];
  const at = line.lastIndexOf(`: ${programName()} `);
  if (at === -1) return fold(line, columns, '  ');
  const command = foldCommand(line.slice(at + 2), columns - 6);
  return [...fold(line.slice(0, at + 1), columns, '  '), ...command.map((part) => `    ${part}`)];
}
