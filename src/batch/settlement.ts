import type { BatchJob } from './batch-job.ts';

/** Called with what went wrong. */
type OnError = (error: unknown) => void;

export type Settlement = {
  /** Takes a job whose results were written, or were not. */
  one(job: BatchJob, isDelivered: boolean, onError: OnError): Promise<void>;
  /** Takes what waits, when all jobs were taken. */
  all(onError: OnError): Promise<void>;
};

/**
 * Writes down which results were delivered, and lets jobs go. Where results
 * are delivered once more, since other jobs of the step are not done, that
 * waits for all: a step of which one delivery has failed is not over.
 */
export function createSettlement(jobs: BatchJob[]): Settlement {
  const isStep = jobs.some(({ job }) => job.reducer.delivered());
  const waiting: BatchJob[] = [];
  let isFailed = false;

  async function tell(job: BatchJob, onError: OnError): Promise<void> {
    await job.job.delivered().catch(onError);
    await job.close();
  }

  return {
    async one(job: BatchJob, isDelivered: boolean, onError: OnError): Promise<void> {
      isFailed ||= !isDelivered;
      if (!isDelivered) await job.close();
      else if (isStep) waiting.push(job);
      else await tell(job, onError);
    },
    async all(onError: OnError): Promise<void> {
      for (const job of waiting) await (isFailed ? job.close() : tell(job, onError));
    },
  };
}
