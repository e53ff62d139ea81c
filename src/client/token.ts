import { readFile } from 'node:fs/promises';
import { ImgjobError, reasonOf } from '../errors.ts';

/** A token, or the first line of the file that `@FILE` names; null for none. Throws `usage`. */
export async function readToken(given: string | undefined): Promise<string | null> {
  if (given === undefined) return null;
  const token = given.startsWith('@') ? await firstLine(given.slice(1)) : given;
  if (/^[!-~]{8,512}$/.test(token)) return token;
  throw new ImgjobError('usage', '--token: expected 8 to 512 characters of ASCII without blanks');
}

async function firstLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const message = `can't read the token in ${path}: ${reasonOf(cause)}`;
    throw new ImgjobError('usage', message, { cause });
  });
  return text.split('\n', 1)[0]?.trim() ?? '';
}
