/** What the terminal can show. */
export type Style = { unicode: boolean; color: boolean };

type Environment = Record<string, string | undefined>;

/**
 * Style from the environment: the locale says whether UTF-8 is understood;
 * `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` say whether there are colours, in this order.
 */
export function detectStyle(stream: { isTTY?: boolean }, env: Environment): Style {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  const unicode = /utf-?8/i.test(locale) || Boolean(env.WT_SESSION);
  return { unicode, color: !env.NO_COLOR && hasColor(stream, env) };
}

function hasColor({ isTTY }: { isTTY?: boolean }, { FORCE_COLOR, TERM }: Environment): boolean {
  if (FORCE_COLOR) return !/^(?:0|false)$/i.test(FORCE_COLOR);
  return isTTY === true && TERM !== 'dumb';
}

/**
 * How wide lines may be where a stream is a terminal; null where they may be of
 * any length. The last column stays free: some go on to the next row behind it.
 */
export function columnsOf(stream: { isTTY?: boolean; columns?: number }): number | null {
  return stream.isTTY === true ? ((stream.columns ?? 0) || 80) - 1 : null;
}

export function red(text: string, { color }: Style): string {
  return color ? `\u001b[31m${text}\u001b[39m` : text;
}

export function green(text: string, { color }: Style): string {
  return color ? `\u001b[32m${text}\u001b[39m` : text;
}

export function bold(text: string, { color }: Style): string {
  return color ? `\u001b[1m${text}\u001b[22m` : text;
}

export function yellow(text: string, { color }: Style): string {
  return color ? `\u001b[33m${text}\u001b[39m` : text;
}

export function cyan(text: string, { color }: Style): string {
  return color ? `\u001b[36m${text}\u001b[39m` : text;
}
