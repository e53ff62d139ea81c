import { escapeControls } from '../terminal/prose.ts';

/** The JSON of an answer as it comes, piece by piece; what another program wrote does no harm on a terminal. */
export async function* textOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    yield escapeControls(decoder.decode(chunk, { stream: true }));
  }
  yield escapeControls(decoder.decode());
}
