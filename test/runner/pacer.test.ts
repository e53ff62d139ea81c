import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPacer } from '../../src/runner/pacer.ts';

describe('turns', () => {
  it('let so many begin at once, and as many in each turn of the event loop after that', async () => {
    const next = createPacer(3);
    const begun: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      const wait = next();
      if (wait) void wait.then(() => begun.push(index));
      else begun.push(index);
    }
    expect(begun).toEqual([0, 1, 2]);
    await turn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    await turn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('make nobody wait after a quiet turn', async () => {
    const next = createPacer(1);
    expect(next()).toBeUndefined();
    expect(next()).toBeInstanceOf(Promise);
    for (let count = 0; count < 3; count += 1) await turn();
    expect(next()).toBeUndefined();
  });
});
