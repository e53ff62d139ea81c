import { readFileSync, statSync } from 'node:fs';

/**
 * What a small file of the system's says: read when it is asked for, and
 * again whenever it has changed; as if empty where it can't be read. Not
 * through Node's threads, which may all be waiting for something else.
 */
export function createSystemFile<T>(path: string, parse: (text: string) => T): () => T {
  let version = '';
  let content = parse('');
  return () => {
    const found = versionOf(path);
    if (found !== version) content = parse(read(path));
    version = found;
    return content;
  };
}

function versionOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join();
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
