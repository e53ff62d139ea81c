import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { reuseRuns, type Stores } from '../support/reuse-runs.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { runWith } = reuseRuns(runs, kept);

const STORES: Stores = { S1: ['/png/1x1', '/png/2x2'] };

/** Work whose output is its name; of /gate it never comes to an end while that is closed. */
function writeWork(): void {
  for (const name of ['a', 'b']) {
    runs.workspace.write(`${name}.mjs`, `export default () => ${JSON.stringify(name)};`);
  }
}

const outputs = () =>
  kept.readOutput().stores.flatMap(({ images }) => images.map(({ output }) => output));

describe('run --reuse --work', () => {
  /** Each row: the runs before, the last one, and what that asks for. */
  it.each<[string, string[][], string[], string[]]>([
    ['what the same work has made', [['--work', 'a.mjs']], ['--work', './a.mjs'], []],
    ['nothing of other work', [['--work', 'a.mjs']], ['--work', 'b.mjs'], ['/png/1x1', '/png/2x2']],
    ['nothing of a run without work', [[]], ['--work', 'a.mjs'], ['/png/1x1', '/png/2x2']],
    [
      'nothing of work whose output a run without it has dropped',
      [['--work', 'a.mjs'], ['--reuse']],
      ['--work', 'a.mjs'],
      ['/png/1x1', '/png/2x2'],
    ],
    [
      'what the same work has made two runs ago',
      [
        ['--work', 'a.mjs'],
        ['--reuse', '--work', 'a.mjs'],
      ],
      ['--work', 'a.mjs'],
      [],
    ],
  ])('takes over %s', async (_, before, args, asked) => {
    writeWork();
    for (const earlier of before) await runWith(STORES, earlier);
    expect((await runWith(STORES, ['--reuse', ...args])).asked).toEqual(asked);
    const name = /(\w)\.mjs/.exec(args.join(' '))?.[1];
    expect(outputs()).toEqual([name, name]);
  });

  it('takes over without work what any has made, without its output', async () => {
    writeWork();
    await runWith(STORES, ['--work', 'a.mjs']);
    expect((await runWith(STORES, ['--reuse'])).asked).toEqual([]);
    expect(outputs()).toEqual([null, null]);
  });

  it.each([
    ['a.mjs', ['/gate', '/png/5x5']],
    ['b.mjs', ['/png/1x1', '/png/2x2', '/png/3x3', '/png/4x4']],
  ])('of a run that went on with other work takes over what %s has made', async (work, asked) => {
    writeWork();
    await kept.interrupt('SIGKILL', ['--work', 'a.mjs']);
    gate.isOpen = true;
    await kept.imgjob(['resume', 'spring-audit', '--work', 'b.mjs', '-o', 'out.json']);
    runs.server.requests.length = 0;
    const again = ['--reuse', '--work', work, '-o', 'out.json', runs.workspace.path('m.json')];
    expect((await runs.run(again)).code).toBe(0);
    expect(kept.requested().sort()).toEqual(asked);
    expect(new Set(outputs())).toEqual(new Set([work[0]]));
  });
});
