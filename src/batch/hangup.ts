import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileBehind } from '../files/given-descriptor.ts';

/**
 * Whether whoever started this process meant it to outlive its terminal
 * (nohup, `trap '' HUP`): Node.js takes an ignored SIGHUP back when it starts,
 * so that it shows elsewhere alone. Shells write the program that they run
 * into `_`, and what a shell ignores itself its programs ignore as well
 * (proc_pid_status(5): SigIgn, of which SIGHUP is the lowest bit).
 */
export function ignoresHangup(env: Record<string, string | undefined>): boolean {
  return basename(env._ ?? '') === 'nohup' || printsForNohup() || parentIgnoresHangup();
}

/** Where nohup(1) has put what would have gone to a terminal: other shells do not fill `_`. */
function printsForNohup(): boolean {
  return [1, 2].some((descriptor) => basename(fileBehind(descriptor) ?? '') === 'nohup.out');
}

function parentIgnoresHangup(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, 'utf8');
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
    return (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    return false;
  }
}
