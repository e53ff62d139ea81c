// Loaded into a process before its program: writes down how it fared, to the file after the "?".
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;
const [, file] = import.meta.url.split('?');
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
process.once('exit', () => {
  const { user, system } = process.cpuUsage();
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1000);
  const delay_p99_ms = Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS);
  writeFileSync(file, JSON.stringify({ megabytes, cpu_ms: (user + system) / 1000, delay_p99_ms }));
});
