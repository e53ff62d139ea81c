import { tooDeepAt } from './depth.ts';

/** The value of a text that anybody may have written; undefined where it is no JSON, or nested too deeply to be parsed. */
export function jsonValue(text: string): unknown {
  if (tooDeepAt(text) !== -1) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
