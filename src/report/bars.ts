import { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import { composeFrame } from './frame.ts';
import type { Progress, ProgressOptions } from './progress.ts';
import { progressionOf } from './progress.ts';
import { createRateMeter, type RateMeter } from './rate.ts';
import { clip, type Style } from './style.ts';

const RESTORE = '\u001b[?7h\u001b[?25h';
const FRAMES_PER_SECOND = 10;

/**
 * Live bars on a terminal. cli-progress draws them; this gives it one line of
 * text a bar, as many bars as the screen has room for.
 */
export function createBars({
  stream,
  run,
  elapsed,
  style,
}: ProgressOptions & { style: Style }): Progress {
  const terminal = createFrameStream(stream);
  const meters = new Map<string, RateMeter>();
  let bars: cliProgress.MultiBar | null = null;
  let lines: { line: string }[] = [];

  function rate(job_id: string): number | null {
    const job = run.jobs.get(job_id);
    if (!job) return null;
    let meter = meters.get(job_id);
    if (!meter) {
      meter = createRateMeter(elapsed);
      meters.set(job_id, meter);
    }
    return meter.sample(progressionOf([job]).done);
  }

  function refresh(): void {
    const screen = { columns: stream.columns || 80, rows: stream.rows || 24 };
    const frame = composeFrame(run, { screen, style, now: elapsed(), rate });
    while (lines.length < frame.length && bars) {
      const payload = { line: '' };
      lines.push(payload);
      bars.create(1, 0, payload);
    }
    for (const [index, payload] of lines.entries()) payload.line = frame[index] ?? '';
  }

  function begin(): void {
    bars = new cliProgress.MultiBar({
      stream: terminal,
      fps: FRAMES_PER_SECOND,
      hideCursor: true,
      linewrap: false,
      clearOnComplete: true,
      forceRedraw: true,
      format: (_options, _params, payload: { line: string }) => payload.line,
    });
    bars.on('update-pre', refresh);
    bars.on('update-post', terminal.flush);
    refresh();
  }

  function end(): void {
    bars?.stop();
    bars?.removeAllListeners();
    bars = null;
    lines = [];
    terminal.flush();
  }

  /** The number of lines may have changed: draw anew from the top line on. */
  function resize(): void {
    end();
    begin();
  }

  function suspend(): void {
    end();
    process.kill(process.pid, 'SIGSTOP');
  }

  const restore = () => stream.write(RESTORE);
  const listeners = [
    ['SIGTSTP', suspend],
    ['SIGCONT', resize],
  ] as const;
  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.once('exit', restore);
  stream.on('resize', resize);

  return {
    onEvent(event) {
      if (event.type === 'job_started' && !bars) begin();
    },
    note(line) {
      if (bars) bars.log(`${clip(line, (stream.columns || 80) - 1, style)}\n`);
      else stream.write(`${line}\n`);
    },
    stop() {
      end();
      for (const [signal, listener] of listeners) process.off(signal, listener);
      process.off('exit', restore);
      stream.off('resize', resize);
    },
  };
}

/**
 * Gathers what cli-progress writes for one picture and hands it on in one
 * write, so that nothing flickers. Between two pictures the cursor rests at
 * the start of the first line, where no resize can lose it: a terminal that
 * wraps the lines anew keeps the cursor on its line, and the next picture
 * clears everything below. So moves up to the first line are left out.
 */
function createFrameStream(stream: NodeJS.WriteStream) {
  let frame = '';
  let rowsDown = 0;
  const writable = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, callback) {
      const text = String(chunk);
      if (text === '\n') rowsDown += 1;
      if (!/^\u001b\[\d+A$/.test(text)) frame += text;
      callback();
    },
  });
  function flush(): void {
    if (frame === '') return;
    const home = rowsDown > 0 ? `\r\u001b[${rowsDown}A` : '\r';
    stream.write(`${frame}\u001b[J${home}`);
    frame = '';
    rowsDown = 0;
  }
  return Object.assign(writable, { isTTY: true, flush });
}
