import { fstatSync } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { ImgjobError } from '../errors.ts';
import type { SeekableFile } from '../files/seekable.ts';
import type { ManifestForm } from './format.ts';
import type { ManifestText } from './options.ts';

/**
 * A manifest's file that is checked once and read again store by store: the one
 * that was given, then the copy that is kept, into which nobody else writes.
 */
export type CheckedFile<Reader> = {
  /** What reads the file as it is now. */
  reader(): Reader;
  /** Whether nobody has written to it since it was opened. */
  isUnchanged(): boolean;
  /** The manifest as it was given. */
  text(form: ManifestForm): ManifestText;
  close(): Promise<void>;
};

export function createCheckedFile<Reader>(
  opened: SeekableFile,
  createReader: (file: FileHandle) => Reader,
): CheckedFile<Reader> {
  let current = opened;
  let reader = createReader(opened.file);
  let state = stateNow(opened);

  const isUnchanged = () => stateNow(current) === state;

  /** What others write into the file that was given is no matter any more. */
  async function goOnWith(file: FileHandle): Promise<void> {
    const given = current;
    current = { file, close: () => file.close() };
    reader = createReader(file);
    state = stateNow(current);
    await given.close();
  }

  return {
    reader: () => reader,
    isUnchanged,
    text: (form) => ({
      form,
      async copyTo(path) {
        const bytes = current.file.createReadStream({ start: 0, autoClose: false });
        await writeFile(path, bytes, { mode: 0o600, flag: 'wx' });
        // The copy must be what was checked.
        if (!isUnchanged()) throw manifestChanged();
        await goOnWith(await open(path));
      },
      release() {},
    }),
    close: () => current.close(),
  };
}

export function manifestChanged(): ImgjobError {
  return new ImgjobError('manifest-changed', 'the manifest changed while the job was running');
}

/** What tells that a file was written to. */
function stateNow({ file }: SeekableFile): string {
  const { size, mtimeMs } = fstatSync(file.fd);
  return `${size} ${mtimeMs}`;
}
