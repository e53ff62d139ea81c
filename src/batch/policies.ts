import { isWithinBudget } from '../options/failure-budget.ts';
import type { Facts } from '../reports/summary.ts';
import type { BatchJob } from './batch-job.ts';

/** What the policies make of a job's failures. */
export type PolicyOutcome = {
  /** Whether so many failed stores are allowed. */
  allowed: boolean;
  facts: Facts;
  /** The same for those who read reports. */
  remarks: string[];
};

export function policyOutcome(running: BatchJob): PolicyOutcome {
  const { reducer, options } = running.job;
  const { allow_failures, keep_going } = options;
  const { stores, images } = reducer.summary();
  const allowed = isWithinBudget(allow_failures, stores);
  const outcome: PolicyOutcome = { allowed, facts: [], remarks: [] };
  if (allow_failures !== null && stores.failed > 0) {
    const how = allowed ? 'yes, by' : 'no, more than';
    outcome.facts.push(['allowed', `${how} --allow-failures ${allow_failures}`]);
    outcome.remarks.push(`Failures allowed: ${how} --allow-failures ${allow_failures}`);
  }
  // A store that keeps going skips nothing of its own accord.
  const isStopped = stores.skipped > 0 || (keep_going && images.skipped > 0);
  if (isStopped && reducer.status() === 'failed') {
    outcome.facts.push(['stopped', 'by --fail-fast']);
    outcome.remarks.push('Stopped by --fail-fast: the rest was skipped');
  }
  return outcome;
}
