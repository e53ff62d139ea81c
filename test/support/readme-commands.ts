import { BLOCKS, DOCUMENTS } from './readme.ts';

/** An invocation of the program as a document has it. */
export type Written = { text: string; command: string; options: string[] };

/** What stands in code, in blocks as well as within lines: up to a pipe, or to the end of the command. */
const INVOCATION = /(?:^|[^\w./-])(imgjob(?: [^|;&)`\n]*)?)/g;

/** All invocations of the README and its pages that name a command or an option. */
export function writtenCommands(): Written[] {
  const blocks = BLOCKS.filter(({ language }) => ['sh', 'yaml', 'console'].includes(language));
  const inBlocks = blocks.flatMap(({ language, code }) =>
    // Of a session only what is typed: what is printed is the program's own.
    language === 'console' ? (code.match(/^\$ .*/gm) ?? []) : code.replaceAll('\\\n', ''),
  );
  const prose = DOCUMENTS.join('\n').replace(/^```[\s\S]*?^```/gm, '');
  const inProse = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...inBlocks, ...inProse]
    .flatMap((code) => [...code.matchAll(INVOCATION)].map(([, text = '']) => text.trim()))
    .map(parse)
    .filter(({ command, options }) => command !== '' || options.length > 0);
}

function parse(text: string): Written {
  const [, ...words] = text.split(/\s+/);
  const [first = ''] = words;
  return {
    text,
    command: /^[a-z]+$/.test(first) ? first : '',
    options: words.filter((word) => /^--?\w/.test(word)).map((word) => word.replace(/=.*/, '')),
  };
}

/** The options that a help text lists, in both spellings. */
export function optionsOf(help: string): string[] {
  return [...help.matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)].flatMap(([, short, long]) =>
    [short, long].filter((name) => name !== undefined),
  );
}

/** The commands that the main help text lists. */
export function commandsOf(help: string): string[] {
  const [, list = ''] = /^Commands:\n([\s\S]*?)\n\n/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name);
}
