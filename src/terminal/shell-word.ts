/**
 * A word of a command of which only the user knows the end: they have it in a
 * variable of their shell, so that the command works as it is typed.
 */
export type OpenWord = { before: string; variable: string };
export type Word = string | OpenWord;

/** A word as a POSIX shell takes it for one, whatever it is made of. */
export function shellWord(word: Word): string {
  if (typeof word === 'string') {
    return /^[\w./:@%+-][\w./:=@%+-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  }
  const { before, variable } = word;
  return /^[\w :.-]*$/.test(before)
    ? `"${before}$${variable}"`
    : `${shellWord(before)}"$${variable}"`;
}

/** A header whose value is not known: `"X-Key: $X_KEY_HEADER"`. No variable of the system ends so. */
export function headerWord(name: string): OpenWord {
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_HEADER`;
  return { before: `${name}: `, variable: /^\d/.test(variable) ? `_${variable}` : variable };
}

/** The path of a file: one that begins with a dash would be taken for an option. */
export function fileWord(path: string): string {
  return shellWord(path.replace(/^-(?=.)/, './-'));
}

/**
 * A command in lines of so many columns, which a shell takes for one as they
 * are: each but the last ends in a backslash. A word is never broken.
 */
export function foldCommand(command: string, columns: number): string[] {
  if (command.length <= columns) return [command];
  const lines: string[] = [];
  let line = '';
  for (const word of command.match(/(?:'[^']*'|\\.|[^\s'])+/g) ?? []) {
    if (line === '') line = word;
    else if (line.length + word.length + 1 <= columns - 2) line += ` ${word}`;
    else {
      lines.push(`${line} \\`);
      line = word;
    }
  }
  return [...lines, line];
}
