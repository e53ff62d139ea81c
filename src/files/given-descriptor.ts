import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

const OPEN_FILES = '/proc/self/fd';
/** open(2): how a file is open is in the last two bits of its flags; 0 is for reading alone. */
const HOW_OPEN = 3;

/**
 * Whether a descriptor was given to this process, and is none that Node.js has
 * opened for itself: these are events and timers, which have no file, and
 * pipes of which it holds both ends (proc_pid_fd(5), proc_pid_fdinfo(5)).
 * Written to, they end the process.
 */
export function isGiven(descriptor: number): boolean {
  // Other systems do not say.
  if (!existsSync(OPEN_FILES)) return true;
  const file = fileBehind(descriptor);
  if (file === null || file.startsWith('anon_inode:')) return false;
  if (!file.startsWith('pipe:')) return true;
  return !readdirSync(OPEN_FILES)
    .map(Number)
    .some((other) => other !== descriptor && fileBehind(other) === file && isForReading(other));
}

/** What a descriptor of this process stands for, as Linux names it; null where it is not open, or nobody says. */
export function fileBehind(descriptor: number): string | null {
  try {
    return readlinkSync(`${OPEN_FILES}/${descriptor}`);
  } catch {
    return null;
  }
}

function isForReading(descriptor: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & HOW_OPEN) === 0;
  } catch {
    return false;
  }
}
