import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Of a longer line the rest is dropped. */
const MAX_LENGTH = 1000;

/** Calls back with each line that a module prints, in bounded memory. */
export function onPrintedLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  stream.on('data', (chunk: Buffer) => {
    const [first = '', ...others] = decoder.write(chunk).split('\n');
    begun = (begun + first).slice(0, MAX_LENGTH);
    for (const next of others) {
      onLine(begun);
      begun = next.slice(0, MAX_LENGTH);
    }
  });
  stream.on('end', () => {
    if (begun !== '') onLine(begun);
  });
}
