import { describe, expect, it } from 'vitest';
import { messageLines } from '../../src/terminal/message-lines.ts';

const NOTE =
  'imgjob: long-audit has run before (failed) and starts over; its earlier results: imgjob results long-audit --previous';

describe('a message', () => {
  it('is one line where there is no terminal, or room', () => {
    expect(messageLines(NOTE, null)).toEqual([NOTE]);
    expect(messageLines(NOTE, 119)).toEqual([NOTE]);
  });

  it('is broken between words, with its command on lines of its own', () => {
    expect(messageLines(NOTE, 60)).toEqual([
      'imgjob: long-audit has run before (failed) and starts over;',
      '  its earlier results:',
      '    imgjob results long-audit --previous',
    ]);
    expect(messageLines(NOTE, 34).slice(-2)).toEqual([
      '    imgjob results long-audit \\',
      '    --previous',
    ]);
  });
});
