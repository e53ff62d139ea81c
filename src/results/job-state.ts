import { isoTime, parseTime } from '../time.ts';
import type { JobEvent } from './events.ts';
import type { JobStatus, ResultsHead } from './results-schema.ts';
import type { StartHead } from './usual-result.ts';

/**
 * How a job stands as a whole: its status, and the spans of time in which it
 * ran. Needs only the `job_` events; any other event moves its time on.
 */
export type JobState = {
  apply(event: JobEvent | StartHead): void;
  status(): JobStatus;
  times(): Pick<ResultsHead, 'started_at' | 'finished_at' | 'duration_ms'>;
  /** The time of the last event, in milliseconds since 1970; 0 before the first. */
  last(): number;
  /** Whether the results of the last run are where they were to go. */
  delivered(): boolean;
  /** What stopped the last run before its end (`SIGINT`); null where it goes on, was killed, or has ended. */
  stopped_by(): string | null;
};

export function createJobState(): JobState {
  let status: JobStatus = 'ongoing';
  let started = 0;
  let finished = 0;
  let ran_ms = 0;
  let spanBegan: number | null = null;
  let last = 0;
  let delivered = false;
  let stopped_by: string | null = null;

  function beginSpan(t: number): void {
    // A span that nothing ended was killed: it lasted up to its last event.
    endSpan(last);
    spanBegan = t;
    finished = 0;
    status = 'ongoing';
  }

  function endSpan(t: number): void {
    if (spanBegan !== null) ran_ms += t - spanBegan;
    spanBegan = null;
  }

  function apply(event: JobEvent | StartHead): void {
    const t = parseTime(event.t);
    // No time of the run: that has ended.
    delivered = event.type === 'results_delivered';
    if (delivered) return;
    stopped_by = event.type === 'job_interrupted' ? event.signal : null;
    switch (event.type) {
      case 'job_started':
        started = t;
        spanBegan = t;
        break;
      case 'job_resumed':
        beginSpan(t);
        break;
      case 'job_interrupted':
        endSpan(t);
        break;
      case 'job_finished':
        endSpan(t);
        finished = t;
        status = event.status;
        break;
      default:
        // A job that goes on after its end was resumed: the line that said so is lost.
        if (status !== 'ongoing') beginSpan(t);
    }
    last = t;
  }

  return {
    apply,
    status: () => status,
    times: () => ({
      started_at: isoTime(started),
      finished_at: isoTime(finished),
      duration_ms: ran_ms + (spanBegan === null ? 0 : last - spanBegan),
    }),
    last: () => last,
    delivered: () => delivered,
    stopped_by: () => stopped_by,
  };
}
