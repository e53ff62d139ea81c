import { readFile } from 'node:fs/promises';
import type { Topic } from './topics.ts';

/** They lie beside this package's code, copied by its build. */
const PAGES = new URL('../help/', import.meta.url);

/** A page as it is written, in Markdown. */
export function readPage(topic: Topic): Promise<string> {
  return readFile(new URL(`${topic}.md`, PAGES), 'utf8');
}
