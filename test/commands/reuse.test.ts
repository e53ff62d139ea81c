import { describe, expect, it } from 'vitest';
import { keptJobs } from '../support/kept.ts';
import { BEFORE, reuseRuns, type Stores } from '../support/reuse-runs.ts';
import { setUpRuns } from '../support/runs.ts';
import { gate } from '../support/server.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);
const { runWith, statuses } = reuseRuns(runs, kept);

describe('run --reuse does what the last run does not have', () => {
  const rows: [string, Stores, string[], string[]][] = [
    ['nothing where all is there, but what had failed', BEFORE, [], ['/status/404']],
    [
      'a URL that was corrected, and what its failure had stopped',
      { ...BEFORE, S2: ['/png/4x4', '/png/9x9', '/png/5x5'] },
      [],
      ['/png/5x5', '/png/9x9'],
    ],
    [
      'images that were added, at any place',
      { ...BEFORE, S1: ['/png/8x8', '/png/1x1', '/png/2x2', '/png/3x3', '/png/9x9'], S2: [] },
      [],
      ['/png/8x8', '/png/9x9'],
    ],
    ['nothing for images in another order', { S1: ['/png/3x3', '/png/1x1', '/png/2x2'] }, [], []],
    [
      'nothing for stores in another order; the n-th of an id is the n-th',
      { S1: ['/png/3x3'], S2: ['/png/4x4'], "S1'": ['/png/1x1', '/png/1x1', '/png/1x1'] },
      [],
      ['/png/1x1'],
    ],
    ['a store of another id', { S9: ['/png/1x1'] }, [], ['/png/1x1']],
    [
      'URLs that were signed anew',
      { S1: ['/png/1x1?sig=a', '/png/2x2?sig=b#x'] },
      [],
      ['/png/1x1', '/png/2x2'],
    ],
    [
      'nothing for these with --reuse=path',
      { S1: ['/png/1x1?sig=a', '/png/2x2?sig=b#x'] },
      ['--reuse=path'],
      [],
    ],
    ['all that has no digest, with --digest', { S1: ['/png/1x1'] }, ['--digest'], ['/png/1x1']],
  ];

  it.each(rows)('%s', async (_, after, args, asked) => {
    await runWith(BEFORE, []);
    const isGiven = args.some((word) => word.startsWith('--reuse'));
    const again = await runWith(after, isGiven ? args : ['--reuse', ...args]);
    expect(again.asked).toEqual(asked);
    const { images } = kept.readOutput().summary;
    expect(images.completed - images.reused).toBe(
      asked.filter((path) => path.startsWith('/png')).length,
    );
    if (images.reused > 0) {
      const { stdout } = await kept.imgjob(['status', 'job']);
      expect(stdout).toContain(`${images.reused} reused`);
      expect(again.stderr).toContain(`${images.reused} reused`);
    }
  });

  it('keeps the times of what it takes over, marks it in the events, and asks for nothing', async () => {
    await runWith({ S1: ['/png/1x1'] }, []);
    const [before] = kept.readOutput().stores[0]?.images ?? [];
    const again = await runWith({ S1: ['/png/1x1'] }, ['--reuse', '--progress', 'json']);
    const [after] = kept.readOutput().stores[0]?.images ?? [];
    expect(after).toEqual(before);
    const events = again.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const types = events.map(({ type, reused }) => (reused ? `${type}, reused` : type));
    expect(types.slice(0, 4)).toEqual([
      'job_started',
      'image_finished, reused',
      'store_started',
      'store_finished',
    ]);
    expect(again.asked).toEqual([]);
    expect(again.code).toBe(0);
  });

  it('of a job that never ran, as a run does', async () => {
    const { code, asked } = await runWith({ S1: ['/png/1x1'] }, ['--reuse']);
    expect(code).toBe(0);
    expect(asked).toEqual(['/png/1x1']);
  });

  it('where the last run was killed as it began, what the one before has', async () => {
    await runWith({ S1: ['/png/1x1', '/png/2x2'] }, []);
    await runWith({ S1: ['/png/1x1', '/png/2x2'] }, []);
    const { rmSync } = await import('node:fs');
    // As it is between the making of a job's folder and the naming of its journal.
    rmSync(`${runs.workspace.state}/jobs/job/journal.ndjson`);
    const { asked } = await runWith({ S1: ['/png/1x1', '/png/2x2'] }, ['--reuse']);
    expect(asked).toEqual([]);
  });

  it('makes a report, whose timeline is of this run', async () => {
    await runWith({ S1: ['/png/1x1'] }, []);
    const { code } = await runWith({ S1: ['/png/1x1', '/png/2x2'] }, [
      ...['--reuse', '--report', 'page.html', '--summary', 'summary.md', '--junit', 'junit.xml'],
    ]);
    expect(code).toBe(0);
    const { readFileSync } = await import('node:fs');
    const read = (name: string) => readFileSync(runs.workspace.path(name), 'utf8');
    expect(read('page.html')).toContain('1\u00a0reused');
    expect(read('summary.md')).toContain(', 1 reused');
    expect(/id="timeline-data">([^<]*)</.exec(read('page.html'))?.[1]).not.toContain('"start":[-');
  });

  it.each([
    [['--reuse', '--resume']],
    [['--reuse', '--force']],
    [['--reuse', '--no-state']],
    [['--reuse', '--retry-failed']],
    [['--reuse=name']],
    [['--retry-failed', '--force']],
  ])('not with %j', async (args) => {
    const { code, asked } = await runWith({ S1: ['/png/1x1'] }, args);
    expect(code).toBe(2);
    expect(asked).toEqual([]);
  });

  it('needs a job id', async () => {
    const path = runs.workspace.write('m.json', { stores: [] });
    const { code, stderr } = await runs.run(['--reuse', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('--reuse needs a job_id');
  });
});

describe('what was taken over behind an image that fails', () => {
  const GOOD = { S1: ['/png/1x1', '/png/2x2', '/png/3x3'] };
  const BAD = { S1: ['/png/1x1', '/status/404', '/png/3x3'] };

  it('is skipped as in any run, and is there when the URL is corrected', async () => {
    await runWith(GOOD, []);
    const bad = await runWith(BAD, ['--reuse']);
    expect(bad.asked).toEqual(['/status/404']);
    expect(statuses()).toEqual(['cfs']);
    expect(kept.readOutput().summary).toMatchObject({
      images: { completed: 1, failed: 1, skipped: 1, reused: 1 },
      attempts: 2,
    });
    const { stdout } = await kept.imgjob(['results', 'job']);
    expect(JSON.parse(stdout)).toEqual(kept.readOutput());
    const good = await runWith({ S1: ['/png/1x1', '/png/9x9', '/png/3x3'] }, ['--reuse']);
    expect(good.asked).toEqual(['/png/9x9']);
    expect(kept.readOutput().summary.images).toMatchObject({ completed: 3, reused: 2 });
  });

  it('is not fetched by a retry either', async () => {
    await runWith(GOOD, []);
    await runWith({ S1: ['/png/1x1', '/gate', '/png/3x3'] }, ['--reuse', '--timeout', '200ms']);
    gate.isOpen = true;
    runs.server.requests.length = 0;
    await kept.imgjob(['resume', 'job', '--retry-failed', '--timeout', '5s', '-o', 'out.json']);
    expect(kept.requested()).toEqual(['/gate']);
    expect(kept.readOutput().summary.images).toMatchObject({ completed: 3, reused: 2 });
  });
});
