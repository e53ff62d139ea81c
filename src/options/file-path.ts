import { MAX_PATH } from './bounds.ts';

export const EXPECTED_PATH = 'the path of a file';
export const EXPECTED_FOLDER = 'the path of a folder';

/** Whether a text can be a path; whether there is such a file or folder is another question. */
export function isFilePath(text: string): boolean {
  return text !== '' && text.length <= MAX_PATH && !text.includes('\0');
}
