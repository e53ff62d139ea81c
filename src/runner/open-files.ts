import { formatCount } from '../terminal/numbers.ts';

/** For what is open besides connections: journals, manifests, results, the standard streams, Node.js itself. */
const RESERVED = 64;
/** So many connections fit everywhere: where they do, the limit is not asked for, which takes 10 ms. */
const ALWAYS_FIT = 128;

export type ConnectionLimit = {
  /** Most connections at once, those at rest included; infinite where nothing limits them. */
  max_connections: number;
  /** What a person should know of it; null where all that could run at once can. */
  warning: string | null;
};

/** How many connections the limit on open files (`ulimit -n`) leaves, for stores that run at once. */
export function limitConnections(stores: number, openFiles = readOpenFiles): ConnectionLimit {
  if (stores <= ALWAYS_FIT) return { max_connections: ALWAYS_FIT, warning: null };
  const allowed = openFiles();
  if (allowed === null) return { max_connections: Number.POSITIVE_INFINITY, warning: null };
  const max_connections = Math.max(1, allowed - RESERVED);
  if (max_connections >= stores) return { max_connections, warning: null };
  const needed = stores + RESERVED;
  const warning =
    `warning: ${formatCount(stores)} stores at once need ${formatCount(needed)} open files, ` +
    `and ${formatCount(allowed)} are allowed: at most ${formatCount(max_connections)} connections ` +
    `are open at once (raise the limit first: ulimit -n ${needed})`;
  return { max_connections, warning };
}

let known: number | null | undefined;

/** The limit on open files, which Node.js has raised as far as it may; null where there is none. Read once. */
function readOpenFiles(): number | null {
  known ??= readLimit();
  return known;
}

function readLimit(): number | null {
  // Otherwise it would look up the names of this machine's addresses.
  Object.assign(process.report, { excludeNetwork: true });
  const report: { userLimits?: { open_files?: { soft?: unknown } } } = process.report.getReport();
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : null;
}
