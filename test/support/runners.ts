import { afterEach } from 'vitest';
import { createRunner, type Runner, type RunnerOptions } from '../../src/index.ts';
import type { setUpRuns } from './runs.ts';

/** Runners with the state folder of the test, closed after it; another one is as good as another process. */
export function setUpRunners(
  runs: ReturnType<typeof setUpRuns>,
): (options?: RunnerOptions) => Runner {
  const runners: Runner[] = [];
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.close();
  });
  return (options = {}) => {
    const runner = createRunner({ state_dir: runs.workspace.state, ...options });
    runners.push(runner);
    return runner;
  };
}

/** A kept job without the sleep. */
export const FAST = { keep: true, sleep_ms: 0 };
