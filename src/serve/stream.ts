import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Asked } from './context.ts';

export type TextAnswer = {
  /** Texts that are made when they are asked for. */
  texts: AsyncIterable<string>;
  headers: Record<string, string>;
  isGzipped?: boolean;
  /** Gives back what the texts are made of: called once, also where nobody wants them any more. */
  release(): Promise<void>;
};

/**
 * Answers a request with texts, a piece at a time, or with the headers alone.
 * What goes wrong in the middle cuts the connection: half an answer must not
 * look like a whole one.
 */
export async function answerTexts(c: Asked, answer: TextAnswer): Promise<Response> {
  const { texts, isGzipped = false, release } = answer;
  const { outgoing } = c.env;
  const headers = {
    ...answer.headers,
    ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
  };
  if (c.req.method === 'HEAD') {
    await release();
    return new Response(null, { headers });
  }
  const bytes = bytesOf(texts, () => outgoing.destroy());
  const source = Readable.from(bytes, { objectMode: false, highWaterMark: 65_536 });
  source.once('close', () => void release().catch(() => {}));
  outgoing.once('close', () => source.destroy());
  return new Response(Readable.toWeb(isGzipped ? gzipped(source) : source), { headers });
}

/** What ends one of the two ends the other. */
function gzipped(source: Readable): Readable {
  const gzip = createGzip();
  source.once('error', (error) => gzip.destroy(error));
  gzip.once('close', () => source.destroy());
  return source.pipe(gzip);
}

async function* bytesOf(texts: AsyncIterable<string>, cut: () => void): AsyncGenerator<Buffer> {
  try {
    for await (const text of texts) yield Buffer.from(text);
  } catch {
    cut();
  }
}
