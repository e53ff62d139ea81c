import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { JobEvent } from '../../src/results/events.ts';

/** Events as the lines of a journal. */
export function journalText(events: JobEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** Files in a folder of their own, closed and removed after each test. */
export function setUpJournalFiles() {
  const folders: string[] = [];
  const files: FileHandle[] = [];
  afterEach(async () => {
    for (const file of files.splice(0)) await file.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder(): string {
      const folder = mkdtempSync(join(tmpdir(), 'imgjob-test-'));
      folders.push(folder);
      return folder;
    },
    async openWith(content: string | Buffer): Promise<{ file: FileHandle; path: string }> {
      const path = join(this.folder(), 'journal.ndjson');
      writeFileSync(path, content);
      return { file: await this.open(path), path };
    },
    async open(path: string): Promise<FileHandle> {
      const file = await open(path, 'a+');
      files.push(file);
      return file;
    },
  };
}
