/** A word as a POSIX shell takes it for one, whatever it is made of. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
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
