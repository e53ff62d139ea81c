import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it('the table of the page on performance is what the benchmark printed', async () => {
  const { machine, rows } = JSON.parse(read('results.json'));
  const path = new URL('table.mjs', import.meta.url).href;
  const { markdownTable }: { markdownTable(rows: unknown): string } = await import(path);
  const page = read('../../src/help/performance.md').replace(/ *\| */g, ' | ');
  expect(page).toContain(machine);
  for (const line of markdownTable(rows).split('\n').slice(2)) {
    expect(page).toContain(line.replace(/ *\| */g, ' | ').trim());
  }
});
