import { readFileSync } from 'node:fs';
import { isTopic, TOPICS, type Topic } from '../../src/help/topics.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** A page of `imgjob help`, as it is written. */
export const pageOf = (topic: Topic) => read(`src/help/${topic}.md`);

/** All that a user reads: the README, and the pages in their order. */
export const README = read('README.md');
export const DOCUMENTS = [README, ...Object.keys(TOPICS).filter(isTopic).map(pageOf)];

/** A fenced block of these documents. */
export type Block = {
  language: string;
  code: string;
  /** The heading it stands under, and the last line of prose before it. */
  section: string;
  title: string;
};

export const BLOCKS = DOCUMENTS.flatMap(blocksOf);

/** The blocks under a heading, of one language. */
export function blocksUnder(section: string, language: string): Block[] {
  return BLOCKS.filter((block) => block.section === section && block.language === language);
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let [section, title] = ['', ''];
  let open: Block | null = null;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) {
      if (open) blocks.push(open);
      open = open ? null : { language: line.slice(3), code: '', section, title };
    } else if (open) {
      open.code += `${line}\n`;
    } else if (line.startsWith('#')) {
      section = line.replace(/^#+ /, '');
    } else if (line !== '') {
      title = line;
    }
  }
  return blocks;
}

/** What differs from one run to the next: times, durations, rates and ports. */
const VARYING = [
  /\d{4}-\d{2}-\d{2}/,
  /\d{2}:\d{2}:\d{2}(?:\.\d+)?/,
  /(?:\d+ min )?\d+(?:\.\d+)? m?s\b/,
  /127\.0\.0\.1:\d+/,
  /time="[\d.]+"/,
];

/** Printed text as a document shows it: what varies may be another, and `…` stands for anything in a line. */
export function shownAs(text: string): RegExp {
  const parts = new RegExp(`${VARYING.map(({ source }) => source).join('|')}|…`, 'g');
  let [pattern, end] = ['', 0];
  for (const { 0: found, index } of text.matchAll(parts)) {
    const kind = VARYING.find((one) => new RegExp(`^(?:${one.source})$`).test(found));
    pattern += escaped(text.slice(end, index)) + (kind ? `(?:${kind.source})` : '.*');
    end = index + found.length;
  }
  return new RegExp(pattern + escaped(text.slice(end)));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
