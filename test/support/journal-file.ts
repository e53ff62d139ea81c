import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach } from 'vitest';
import type { JobEvent } from '../../src/results/events.ts';

/** A journal of which nobody else knows. */
export const UNGUARDED = { fence: () => null, onForeign() {} };

/** Events as the lines of a journal. */
export function journalText(events: JobEvent[]): string {
  return events.map((event) => `${sealed(JSON.stringify(event))}\n`).join('');
}

/** A journal whose lines another hand has changed, as if each had been written so. */
export function resealed(text: string): string {
  return text.replaceAll(/^(\{.*?)(,"checksum":"[0-9a-f]{8}")?\}$/gm, (_, begun) =>
    sealed(`${begun}}`),
  );
}

/** An object's JSON with the checksum of the line behind it, as `imgjob help resume` has it. */
function sealed(json: string): string {
  const begun = json.slice(0, -1);
  return `${begun},"checksum":"${crc32(begun).toString(16).padStart(8, '0')}"}`;
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
