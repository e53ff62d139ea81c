import { describe, expect, it } from 'vitest';
import { fieldOf, proposals, setUpExplain } from '../support/explained.ts';
import { keptJobs } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';
import { WORK_FAULTS } from '../support/work-faults.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { explain, png, runStores } = setUpExplain(runs, kept);

const RESUME = 'imgjob resume spring-audit --retry-failed';

/**
 * A module that works once, and is another one where it is loaded again: its
 * thread ends under the second image, which is worked on in a new one. Else
 * nothing that can't be loaded would ever begin.
 */
const becoming = (text: string) => `
  import { writeFileSync } from 'node:fs';
  writeFileSync(new URL(import.meta.url), ${JSON.stringify(text)});
  let images = 0;
  export default () => ((images += 1) === 1 ? null : process.exit());`;

async function runBecoming(text: string): Promise<void> {
  runs.workspace.write('work.mjs', becoming(text));
  const stores = ['S1', 'S2'].map((store_id) => ({ store_id, images: [png('1x1')] }));
  const work = runs.workspace.path('work.mjs');
  await runStores(stores, ['--work', work, '--work-concurrency', '1', '--work-timeout', '1500ms']);
}

describe('work that fails', () => {
  it.each(Object.entries(WORK_FAULTS))('says why in the journal: %s', async (reason, text) => {
    await runBecoming(text);
    expect(kept.readOutput().summary.images).toMatchObject({ completed: 1, failed: 1 });
    expect(kept.journal('spring-audit').match(/"reason":"[a-z-]+"/g)).toEqual([
      `"reason":"${reason}"`,
    ]);
    const said = await explain('spring-audit');
    const more = reason === 'work-timeout' ? ' --work-timeout 3s' : '';
    expect(proposals(said)).toEqual([`${RESUME}${more}`]);
  });

  it('is told to have more time only where its time was over, whatever it says', async () => {
    await runBecoming(WORK_FAULTS.threw);
    const said = await explain('spring-audit');
    expect(fieldOf(said, 'why')).toMatch(/^work: not done within the quota/);
    expect(said).not.toContain('--work-timeout');
  });
});

describe('a module that can’t be used', () => {
  const hint = 'async (image, context) => output';
  it.each([
    ['throws what reads like it', "throw new Error('no default export, SyntaxError')", false],
    ['has no function', 'export default 7', true],
  ])('is told what it must have only where it lacks that: it %s', async (_, text, isHinted) => {
    const work = runs.workspace.write('work.mjs', text);
    const stores = [{ store_id: 'S1', images: [png('1x1')] }];
    const { code, stderr } = await runStores(stores, ['--work', work]);
    expect(code).toBe(2);
    expect(stderr.includes(hint)).toBe(isHinted);
    expect(stderr).not.toContain('(line');
  });
});
