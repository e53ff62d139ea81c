import { escapeControls } from '../terminal/prose.ts';

/** The JSON of an answer as it comes, piece by piece; what another program wrote does no harm on a terminal. */
export async function* textOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    yield escapeControls(decoder.decode(chunk, { stream: true }));
  }
  yield escapeControls(decoder.decode());
}

/** As much of an answer as came, and not much more than is looked at: whether that is not all. */
export async function startOf(
  { body }: Response,
  most: number,
): Promise<{ text: string; isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isCut = false;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      isCut = size > most;
      if (isCut) break;
    }
  } catch {
    // The connection was cut: what came has to do.
    isCut = true;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isCut };
}
