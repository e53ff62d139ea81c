import type { JobStatus } from '../results/results-schema.ts';
import { formatCount, formatDuration } from '../terminal/numbers.ts';

/** A job of the state folder as a list shows it; its keys are those of `imgjob status --json`. */
export type JobRow = {
  job_id: string;
  status: JobStatus;
  stores: number;
  images: number;
  started_at: string | null;
  duration_ms: number;
  /** The process that runs it; null where none does. */
  runner: { pid: number; host: string } | null;
};

const HEADINGS = ['job', 'status', 'stores', 'images', 'started', 'duration'];

/** A table of jobs, in the order of the rows; numbers to the right. */
export function jobTable(rows: JobRow[]): string[] {
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return [2, 3, 5].includes(column) ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf({ job_id, status, stores, images, started_at, duration_ms, runner }: JobRow) {
  const word = status === 'ongoing' ? (runner ? 'running' : 'interrupted') : status;
  return [
    job_id,
    word,
    formatCount(stores),
    formatCount(images),
    started_at?.replace(/T(\d\d:\d\d):.*/, ' $1 UTC') ?? '',
    formatDuration(duration_ms),
  ];
}
