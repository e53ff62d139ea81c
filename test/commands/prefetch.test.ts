import { describe, expect, it } from 'vitest';
import { keptJobs, parseResults } from '../support/kept.ts';
import { setUpRuns } from '../support/runs.ts';

const runs = setUpRuns();
const kept = keptJobs(runs);

describe('--prefetch', () => {
  it('halves the time where latency and sleep are equal', async () => {
    const images = Array.from({ length: 8 }, (_, image) =>
      runs.at(`/png/2x1?ms=200&image=${image}`),
    );
    const manifest = runs.workspace.write('m.json', {
      job_id: 'even',
      stores: [{ store_id: 'S1', images }],
    });
    const timed = async (...args: string[]) => {
      const { code, stdout } = await runs.run([
        '--sleep',
        '200ms',
        '--no-state',
        ...args,
        manifest,
      ]);
      expect(code).toBe(0);
      return parseResults(stdout).duration_ms;
    };
    // 9 steps of 200 ms in place of 16; again where other work on the machine came between.
    let ratio = 1;
    for (let round = 0; round < 3 && ratio >= 0.7; round += 1) {
      ratio = (await timed('--prefetch')) / (await timed());
    }
    expect(ratio).toBeLessThan(0.7);
  });

  it('skips what was fetched ahead of a failure, and counts none of it', async () => {
    const images = [runs.at('/png/2x2'), runs.at('/status/404'), runs.at('/png/9x9')];
    const manifest = runs.workspace.write('m.json', {
      job_id: 'cut',
      stores: [{ store_id: 'S1', images }],
    });
    const { code, stdout } = await runs.run(['--prefetch', '--sleep', '50ms', manifest]);
    const { stores, summary } = parseResults(stdout);
    expect(code).toBe(1);
    expect(stores[0]?.images.map(({ status }) => status)).toEqual([
      ...['completed', 'failed', 'skipped'],
    ]);
    expect(summary.attempts).toBe(2);
  });

  it('is an option of the job: a resume goes on with it', async () => {
    const manifest = runs.workspace.write('m.json', runs.goodManifest('ahead'));
    await runs.run(['--prefetch', manifest]);
    const [first = ''] = kept.journal('ahead').split('\n', 1);
    expect(JSON.parse(first).options.prefetch).toBe(true);
  });

  it('is off in journals of before there was such an option', async () => {
    const manifest = runs.workspace.write('m.json', runs.goodManifest('older'));
    await runs.run([manifest]);
    kept.writeJournal('older', kept.journal('older').replace(',"prefetch":false', ''));
    const { code } = await kept.imgjob(['results', 'older']);
    expect(code).toBe(0);
  });
});
