import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40;

/** The file behind links, also one that is yet to be made; a pipe of the shell has no path to follow. */
export async function followed(path: string, links = 0): Promise<string> {
  const whole = resolve(path);
  const existing = await realpath(whole).catch(() => null);
  if (existing !== null) return existing;
  const { folder, next } = await step(whole);
  if (next === null || links === MAX_LINKS) return join(folder, basename(whole));
  return followed(resolve(folder, next), links + 1);
}

/** Where an open file is named by its descriptor; `own` where it is one of this process. */
export type NamedDescriptor = { descriptor: number; own: boolean };

/**
 * The descriptor that a path stands for, links followed: `/dev/stdout`,
 * `/dev/fd/3`, `/proc/self/fd/1` (proc_pid_fd(5)), `>(…)` of a shell, or null.
 * What is behind it was opened by somebody who goes on writing to it.
 */
export async function namedDescriptor(path: string): Promise<NamedDescriptor | null> {
  let whole = resolve(path);
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const { folder, next } = await step(whole);
    const name = basename(whole);
    if (/^\d+$/.test(name) && isDescriptorFolder(folder)) {
      return { descriptor: Number(name), own: await isOwnFolder(folder) };
    }
    if (next === null) return null;
    whole = resolve(folder, next);
  }
  return null;
}

/** One link on the way: the folder of a path without links, and what the path itself links to, if it does. */
async function step(path: string): Promise<{ folder: string; next: string | null }> {
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  return { folder, next: await readlink(path).catch(() => null) };
}

function isDescriptorFolder(folder: string): boolean {
  return folder === '/dev/fd' || /^\/proc\/\d+(\/task\/\d+)?\/fd$/.test(folder);
}

async function isOwnFolder(folder: string): Promise<boolean> {
  if (folder === '/dev/fd') return true;
  // Not by the pid: /proc may be that of another namespace.
  const own = await realpath('/proc/self').catch(() => null);
  return own !== null && (folder === join(own, 'fd') || folder.startsWith(join(own, 'task/')));
}
