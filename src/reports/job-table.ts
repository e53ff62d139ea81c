import type { JobStatus } from '../results/results-schema.ts';
import { formatCount, formatDuration } from '../terminal/numbers.ts';
import { showText } from '../terminal/prose.ts';

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

/** A row of the table; a server says in a word how a job goes on. */
type TableRow = Omit<JobRow, 'runner'> & ({ runner: JobRow['runner'] } | { state: string });

const HEADINGS = ['job', 'status', 'stores', 'images', 'started (UTC)', 'duration'];

/** A table of jobs, in the order of the rows; numbers to the right. */
export function jobTable(rows: TableRow[]): string[] {
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

function cellsOf(row: TableRow) {
  const { job_id, stores, images, started_at, duration_ms } = row;
  return [
    showText(job_id),
    showText('state' in row ? row.state : wordOf(row)),
    formatCount(stores),
    formatCount(images),
    started_at?.replace(/T(\d\d:\d\d):.*/, ' $1') ?? '',
    formatDuration(duration_ms),
  ];
}

function wordOf({ status, runner }: Pick<JobRow, 'status' | 'runner'>): string {
  if (status !== 'ongoing') return status;
  return runner ? 'running' : 'interrupted';
}
