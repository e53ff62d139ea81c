import { AsyncLocalStorage } from 'node:async_hooks';
import { StringDecoder } from 'node:string_decoder';
import { inspect } from 'node:util';

/** What a module logs and prints, in lines, each of a call where that is known. */

/** So many lines may be said of one call: whoever is told waits for none of it. */
const MAX_LINES = 1000;
/** Of a longer line the rest is dropped. */
const MAX_LENGTH = 1000;

/** What is said in one call, bounded. */
export type Voice = {
  log(...values: unknown[]): void;
  /** Runs a function: what is printed in it, and in what follows from it, is of this voice. */
  run<T>(work: () => T): T;
  /** Says what was printed without the end of a line. */
  end(): void;
};

export type Say = (text: string) => void;
type Speaker = { say: Say; print(stream: number, text: string): void; end(): void };

/** A function that makes a voice; what is printed outside of all is said by the last one of `others`. */
export function createVoices(others: Say) {
  const current = new AsyncLocalStorage<Speaker>();
  let outside = createSpeaker(others);

  /** Takes the place of what writes to a stream of the process: nothing is held back for a reader. */
  function capture(stream: NodeJS.WriteStream, index: number): void {
    const decoder = new StringDecoder('utf8');
    const take = (chunk: unknown, encoding: BufferEncoding) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
      if (!(bytes instanceof Uint8Array)) return;
      (current.getStore() ?? outside).print(index, decoder.write(Buffer.from(bytes)));
    };
    Object.assign(stream, {
      _write(chunk: unknown, encoding: BufferEncoding, done: () => void) {
        take(chunk, encoding);
        done();
      },
      _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: () => void) {
        for (const { chunk, encoding } of chunks) take(chunk, encoding);
        done();
      },
    });
  }
  for (const [index, stream] of [process.stdout, process.stderr].entries()) capture(stream, index);

  return {
    createVoice(say: Say): Voice {
      const speaker = createSpeaker(say);
      // As much as before may be said outside again.
      outside.end();
      outside = createSpeaker(others);
      return {
        log: (...values) => speaker.say(lineOf(values)),
        run: (work) => current.run(speaker, work),
        end: speaker.end,
      };
    },
    end: () => outside.end(),
  };
}

function createSpeaker(tell: Say): Speaker {
  let lines = 0;
  const begun = ['', ''];

  function say(text: string): void {
    lines += 1;
    if (lines > MAX_LINES + 1) return;
    tell(lines > MAX_LINES ? '… and more' : text.slice(0, MAX_LENGTH));
  }

  /** No more of it is looked at than may be said: there may be millions of lines. */
  function print(stream: number, text: string): void {
    let from = 0;
    while (lines <= MAX_LINES) {
      const end = text.indexOf('\n', from);
      const piece = text.slice(from, end === -1 ? from + MAX_LENGTH : end);
      begun[stream] = ((begun[stream] ?? '') + piece).slice(0, MAX_LENGTH);
      if (end === -1) return;
      say(begun[stream].replace(/\r$/, ''));
      begun[stream] = '';
      from = end + 1;
    }
  }

  function end(): void {
    for (const [stream, text] of begun.entries()) {
      if (text !== '') say(text);
      begun[stream] = '';
    }
  }

  return { say, print, end };
}

/** As the console has it; of a value whose own inspection throws its kind is all that can be said. */
function lineOf(values: unknown[]): string {
  return values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ');
}
