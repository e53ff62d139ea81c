import { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import { clip, fold, textWidth } from '../terminal/columns.ts';
import { showText } from '../terminal/prose.ts';
import type { Style } from '../terminal/style.ts';
import { createFailureLines } from './failure-lines.ts';
import { composeFrame } from './frame.ts';
import type { Progress, ProgressOptions } from './progress.ts';

const RESTORE = '\u001b[?7h\u001b[?25h';
const CLEAR_REST = '\u001b[K';
const FRAMES_PER_SECOND = 10;

/**
 * Live bars on a terminal. cli-progress draws them; this gives it one line of
 * text a bar, as many bars as the screen has room for.
 */
export function createBars({
  stream,
  run,
  elapsed,
  env,
  style,
}: ProgressOptions & { style: Style }): Progress {
  const terminal = createFrameStream(stream);
  let bars: cliProgress.MultiBar | null = null;
  let lines: { line: string }[] = [];

  function refresh(): void {
    const screen = { columns: stream.columns || 80, rows: stream.rows || 24 };
    const frame = composeFrame(run, { screen, style, now: elapsed() });
    // cli-progress draws nothing before it has a bar.
    while (lines.length < Math.max(1, frame.length) && bars) {
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

  /**
   * Draws anew from the first line on. In a narrower window each old line
   * takes several rows, so that the first is higher up than it was.
   */
  function resize(): void {
    const columns = stream.columns || 80;
    const rows = lines.map(({ line }) => Math.max(1, Math.ceil(textWidth(line) / columns)));
    const added = rows.reduce((sum, count) => sum + count, 0) - lines.length;
    if (added > 0 && wrapsAnew(env)) stream.write(`\u001b[${added}A`);
    end();
    begin();
  }

  function suspend(): void {
    end();
    process.kill(process.pid, 'SIGSTOP');
  }

  function note(line: string): void {
    if (!bars) {
      stream.write(`${line}\n`);
      return;
    }
    const lines = fold(showText(line), columns(), '  ');
    // cli-progress clears what was drawn only where the first line goes.
    bars.log(lines.map((each) => `${clip(each, columns(), style)}${CLEAR_REST}\n`).join(''));
    // At once: the bars may be gone before their next picture.
    bars.update();
  }

  // The last column stays free: some terminals go on to the next row behind it.
  const columns = () => (stream.columns || 80) - 1;
  const showFailure = createFailureLines(run, note, () => ({ columns: columns(), style }));
  const restore = () => stream.write(RESTORE);
  const listeners = [
    ['SIGTSTP', suspend],
    ['SIGCONT', resize],
  ] as const;
  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.once('exit', restore);
  stream.on('resize', resize);

  return {
    everyEvent: false,
    onEvent(event) {
      showFailure(event);
      if (bars) return;
      if (event.type === 'job_started' || event.type === 'job_resumed') begin();
    },
    note,
    stop() {
      end();
      for (const [signal, listener] of listeners) process.off(signal, listener);
      process.off('exit', restore);
      stream.off('resize', resize);
    },
  };
}

/** Gathers what cli-progress writes for one picture and hands it on in one write: nothing flickers. */
function createFrameStream(stream: NodeJS.WriteStream) {
  let frame = '';
  const writable = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, callback) {
      frame += String(chunk);
      callback();
    },
  });
  function flush(): void {
    if (frame !== '') stream.write(frame);
    frame = '';
  }
  return Object.assign(writable, { isTTY: true, flush });
}

/** Whether the terminal breaks lines anew when it becomes narrower; the old ones cut them off. */
function wrapsAnew({ TERM = '', XTERM_VERSION, TMUX }: ProgressOptions['env']): boolean {
  if (XTERM_VERSION !== undefined) return false;
  return TMUX !== undefined || !/^(linux|rxvt|screen)/.test(TERM);
}
