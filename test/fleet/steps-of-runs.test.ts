import { describe, expect, it } from 'vitest';
import { createKeys } from '../../src/fleet/keys.ts';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { createSteps } from '../../src/runner/steps.ts';
import { createStepsOfRuns } from '../../src/worker/steps-of-runs.ts';
import { setUpFleet } from '../support/fleets.ts';
import { HAS_REDIS } from '../support/redis.ts';

describe.skipIf(!HAS_REDIS)('what a worker does to the images of a run', () => {
  const fleet = setUpFleet();

  it('is nothing where the run is gone, and refused where it asks for what this version does not know', async () => {
    const { client } = fleet.redis;
    const keys = createKeys('{imgjob}');
    const { signal } = new AbortController();
    const work = { debug: false, say() {}, log() {} };
    const steps = createSteps({ concurrency: 2, env: {}, work });
    const runs = createStepsOfRuns({ client, keys, steps, given: {}, slots: 2, signal });
    const tell = (options: object) =>
      client.hset(keys.run('r'), 'info', JSON.stringify({ job_id: 'j', options, headers: [] }));
    expect(await runs.take('r', '1')).toBeNull();
    await tell({ ...DEFAULTS, dreams: true });
    await expect(runs.take('r', '1')).rejects.toThrow('options that this version has not');
    await tell(DEFAULTS);
    expect(await runs.take('r', '1')).toMatchObject({ options: { concurrency: 2 } });
    await runs.close();
  });
});
