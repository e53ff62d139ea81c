import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withNewlines } from '../../src/files/lone-returns.ts';
import { createRandom } from '../support/random.ts';

it('returns alone are read as newlines, however the file is cut into blocks', async () => {
  const random = createRandom(7);
  const folder = mkdtempSync(join(tmpdir(), 'imgjob-returns-'));
  const path = join(folder, 'text');
  for (let round = 0; round < 100; round += 1) {
    const text = Array.from({ length: random.below(12) }, () => 'a\r\n'[random.below(3)]).join('');
    writeFileSync(path, text);
    const file = await open(path);
    const block = Buffer.alloc(1 + random.below(4));
    let read = '';
    for (let position = 0; position < text.length; ) {
      const { bytesRead } = await withNewlines(file).read(block, 0, block.length, position);
      read += block.toString('latin1', 0, bytesRead);
      position += bytesRead;
    }
    await file.close();
    expect(read).toBe(text.replaceAll(/\r(?!\n)/g, '\n'));
  }
  rmSync(folder, { recursive: true });
});
