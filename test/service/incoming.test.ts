import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openIncoming } from '../../src/service/incoming.ts';
import { setUpJournalFiles } from '../support/journal-file.ts';

const files = setUpJournalFiles();
const LIMITS = { memory: 10, files: 10 };
const STAYS = new AbortController().signal;

async function* bytes(...lengths: number[]): AsyncGenerator<Uint8Array> {
  for (const length of lengths) yield Buffer.alloc(length, 'x');
}

it('is held in memory up to a bound of all together', async () => {
  const { hold } = await openIncoming(files.folder(), LIMITS);
  const [first, second] = [hold(), hold()];
  first.add(6);
  expect(() => second.add(5)).toThrow(expect.objectContaining({ code: 'queue-full' }));
  second.add(4);
  first.release();
  first.release();
  second.add(6);
  expect(() => second.add(1)).toThrow(expect.objectContaining({ code: 'queue-full' }));
});

it('is kept in files of the state folder up to a bound, until they are closed', async () => {
  const state = files.folder();
  const { spool } = await openIncoming(state, LIMITS);
  const first = await spool(bytes(3, 3));
  expect((await first.file.stat()).size).toBe(6);
  await expect(spool(bytes(3, 3))).rejects.toMatchObject({ code: 'queue-full' });
  await first.close();
  const second = await spool(bytes(5, 5));
  await second.close();
  expect(readdirSync(join(state, 'incoming'))).toEqual([]);
});

it('leaves nothing behind of a server that was killed', async () => {
  const state = files.folder();
  const left = join(state, 'incoming', 'imgjob-left');
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'copy'), 'x');
  await openIncoming(state, LIMITS);
  expect(existsSync(left)).toBe(false);
});

it('is gone through two at once, and not for whoever has gone', async () => {
  const { read } = await openIncoming(files.folder(), LIMITS);
  const ends: (() => void)[] = [];
  const wait = () => new Promise<void>((resolve) => void ends.push(resolve));
  const gone = new AbortController();
  const works = [read(STAYS, wait), read(STAYS, wait), read(gone.signal, wait), read(STAYS, wait)];
  await expect.poll(() => ends).toHaveLength(2);
  gone.abort();
  for (const end of ends) end();
  await expect(works[2]).rejects.toMatchObject({ code: 'stopped' });
  await expect.poll(() => ends).toHaveLength(3);
  ends[2]?.();
  await Promise.all([works[0], works[1], works[3]]);
});
