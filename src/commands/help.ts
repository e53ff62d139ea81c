import { EXIT, ImgjobError } from '../errors.ts';
import { print } from '../files/print.ts';
import { plainText } from '../help/plain-text.ts';
import { readPage } from '../help/read-page.ts';
import { isTopic, TOPICS } from '../help/topics.ts';
import { wrap } from '../help/wrap.ts';
import { didYouMean, nearNames } from '../terminal/near-names.ts';
import { programName } from '../terminal/program-name.ts';
import { columnsOf, detectStyle } from '../terminal/style.ts';

/** Lines of text are read easily up to this; off a terminal they have fewer. */
const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 40;
const USUAL_COLUMNS = 80;

/**
 * `imgjob help [topic]`: prints a page, or which there are. Answers null where
 * there is none, but a command of that name, whose own help is to be printed.
 *
 * @param commands the names of all commands
 */
export async function help(name: string | undefined, commands: string[]): Promise<number | null> {
  if (name === undefined) {
    await print(listOf(commands));
  } else if (isTopic(name)) {
    const page = plainText(await readPage(name), layout());
    // The page is what was promised: before it the options would be all that is seen.
    const options = `\n${programName()} ${name} --help lists the options of the command.\n`;
    await print(commands.includes(name) ? `${page}${options}` : page);
  } else if (commands.includes(name)) {
    return null;
  } else {
    throw unknownTopic(name, commands);
  }
  return EXIT.ok;
}

function layout() {
  const columns = columnsOf(process.stdout) ?? USUAL_COLUMNS;
  return {
    columns: Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, columns)),
    style: detectStyle(process.stdout, process.env),
    program: programName(),
  };
}

function listOf(commands: string[]): string {
  const width = Math.max(...Object.keys(TOPICS).map((topic) => topic.length)) + 2;
  const topics = Object.entries(TOPICS).map(
    ([topic, meaning]) => `  ${topic.padEnd(width)}${meaning}\n`,
  );
  const name = programName();
  return `Usage: ${name} help [topic or command]

Topics:
${topics.join('')}
Commands:
${wrap(commands.join(' '), USUAL_COLUMNS - 2)
  .map((line) => `  ${line}\n`)
  .join('')}
${name} --help says what each command does.
`;
}

function unknownTopic(name: string, commands: string[]): ImgjobError {
  const near = didYouMean(nearNames(name, new Set([...Object.keys(TOPICS), ...commands])));
  const list = `${programName()} help lists all topics.`;
  return new ImgjobError('usage', `there is no help on '${name}'`, {
    hint: near === null ? list : `${near} ${list}`,
  });
}
