import type { Effects, Fault, Measurer, Received, Size } from './effects.ts';
import { createFault, isFault } from './effects.ts';

export type Body = ReturnType<typeof createBody>;

/**
 * Sends the chunks of a body to a measurer and counts them; keeps them only
 * where work wants them. Also what the body's host was waited for.
 */
export function createBody(effects: Effects) {
  let measurer: Measurer | undefined;
  let bytes: number | null = null;
  let waited = 0;
  const chunks: Uint8Array[] | null = effects.keepsBodies ? [] : null;
  return {
    onWait(ms: number) {
      waited += ms;
    },
    waited: () => waited,
    sink: {
      start(hint: { url: string; content_type: string | null }) {
        measurer = effects.measurer(hint);
        bytes = 0;
      },
      push(chunk: Uint8Array) {
        bytes = (bytes ?? 0) + chunk.length;
        chunks?.push(chunk);
        measurer?.push(chunk);
      },
    },
    bytes: () => bytes,
    /** The body as it came; null where it is not kept. */
    chunks: () => chunks,
    measure({ http_status, host }: Received): Size | Fault {
      if (!measurer) return createFault('internal', 'the download ended without a body');
      const size = measurer.end();
      return isFault(size) ? { ...size, http_status, host } : size;
    },
  };
}
