import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/imgjob.js', import.meta.url));
/** Prints a process's peak memory in kilobytes when it exits. */
const PEAK = `data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))`;
const PATIENCE_MS = 60_000;
const MAX_MEGABYTES = 1600;
const MAX_LINE = 2000;
const EXITS = [0, 2];
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** Runs `imgjob validate` on a file: what is wrong with how it ends, or null, and what it took. */
export async function validate(path) {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', PEAK, BIN, 'validate', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code));
  });
  const watchdog = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const told = await readLines([child.stdout, child.stderr]);
  const exit = await ended;
  clearTimeout(watchdog);
  const seconds = (performance.now() - began) / 1000;
  return { ...told, seconds, wrong: wrongWith(exit, told, seconds) };
}

async function readLines(streams) {
  const told = { lines: 0, megabytes: 0, odd: null, last: '' };
  const onLine = (line) => {
    const peak = /^peak (\d+)$/.exec(line);
    if (peak) {
      told.megabytes = Math.round(peak[1] / 1000);
      return;
    }
    told.lines += 1;
    told.last = line.slice(0, 150);
    if (UNSAFE.test(line) || line.length > MAX_LINE) told.odd ??= line.slice(0, 200);
  };
  await Promise.all(
    streams.map(async (input) => {
      for await (const line of createInterface({ input, crlfDelay: Infinity })) onLine(line);
    }),
  );
  return told;
}

function wrongWith(exit, { lines, megabytes, odd }, seconds) {
  if (exit === 'SIGKILL' && seconds * 1000 >= PATIENCE_MS) return `takes over ${PATIENCE_MS} ms`;
  if (!EXITS.includes(exit)) return `ends with ${exit}`;
  if (lines === 0) return 'says nothing';
  if (odd !== null) return `prints ${JSON.stringify(odd)}`;
  return megabytes > MAX_MEGABYTES ? `takes ${megabytes} MB` : null;
}
