import type { Style } from '../terminal/style.ts';
import { createJsonEvents } from './json-events.ts';
import { createLines } from './lines.ts';
import { createNoProgress, type Progress, type ProgressOptions } from './progress.ts';

export type ProgressKind = 'auto' | 'bars' | 'lines' | 'json' | 'none';

/** The progress that was asked for; bars need a terminal, anywhere else they are lines. */
export async function chooseProgress(
  kind: ProgressKind,
  options: ProgressOptions,
  style: Style,
): Promise<Progress> {
  switch (kind) {
    case 'json':
      return createJsonEvents(options);
    case 'none':
      return createNoProgress(options);
    case 'lines':
      return createLines(options);
    case 'bars':
      return options.stream.isTTY ? loadBars(options, style) : createLines(options);
    case 'auto': {
      const { TERM, CI = '' } = options.env;
      const isCI = !['', 'false', '0'].includes(CI.toLowerCase());
      const bars = options.stream.isTTY && TERM !== 'dumb' && !isCI;
      return chooseProgress(bars ? 'bars' : 'lines', options, style);
    }
  }
}

/** cli-progress is loaded only where it draws. */
async function loadBars(options: ProgressOptions, style: Style): Promise<Progress> {
  const { createBars } = await import('./bars.ts');
  return createBars({ ...options, style });
}
