import { MAX_PATH } from './bounds.ts';

export const EXPECTED_PATH = 'the path of a file';

/** Whether a text can be a path; whether there is such a file is another question. */
export function isFilePath(text: string): boolean {
  return text !== '' && text.length <= MAX_PATH && !text.includes('\0');
}
