import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { systemCode } from './errors.ts';

/** What tells one process from all others. */
export type ProcessIdentity = {
  pid: number;
  host: string;
  /** Within which a pid means one process: the boot and, for containers, the pid namespace. */
  namespace: string;
  /** When the process started, in the system's own form; null where the system does not say. */
  started: string | null;
};

export async function identifySelf(): Promise<ProcessIdentity> {
  const { pid } = process;
  return { pid, host: hostname(), namespace: readNamespace(), started: await readStart(pid) };
}

/** Whether a process still runs; null when only its own machine could tell. */
export async function isRunning(other: ProcessIdentity): Promise<boolean | null> {
  if (other.host !== hostname() || other.namespace !== readNamespace()) return null;
  if (!exists(other.pid)) return false;
  const started = await readStart(other.pid);
  // Where the system does not say, a process of this pid has to do.
  return other.started === null || started === other.started;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** proc_pid_stat(5), random(4) and pid_namespaces(7) of Linux; elsewhere the host has to do. */
function readNamespace(): string {
  if (process.platform !== 'linux') return process.platform;
  const boot = textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = textOf(() => readlinkSync('/proc/self/ns/pid'));
  return `${boot.trim()} ${namespace}`;
}

/** What lies in /proc is in memory: asking a thread for it takes longer than reading it. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** The start of a process; null where there is none, or it is dead and only not yet reaped. */
async function readStart(pid: number): Promise<string | null> {
  if (process.platform === 'win32') return null;
  if (process.platform !== 'linux') return readStartFromPs(pid);
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = 'X'] = fields;
  return /[ZXx]/.test(state) ? null : (fields[19] ?? null);
}

async function readStartFromPs(pid: number): Promise<string | null> {
  // It takes a run 3 ms to load, which Linux can do without.
  const { execFile } = await import('node:child_process');
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  const ps = promisify(execFile)('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { env });
  return ps.then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
}
