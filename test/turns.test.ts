import { expect, it } from 'vitest';
import { createTurns } from '../src/turns.ts';

/** Works for so many milliseconds, a step each, as the turns let it. */
async function work(ms: number, turns: ReturnType<typeof createTurns>): Promise<void> {
  for (let step = 0; step < ms; step += 1) {
    const until = performance.now() + 1;
    while (performance.now() < until);
    const pause = turns.over();
    if (pause) await pause;
  }
}

it('lets all else go on between the steps of long work', async () => {
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 1);
  await work(100, createTurns());
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(3);
});

it('ends work that nobody waits for any more', async () => {
  const gone = new AbortController();
  setTimeout(() => gone.abort(), 20);
  await expect(work(60_000, createTurns(gone.signal))).rejects.toMatchObject({ code: 'stopped' });
});

it('costs short work no wait', () => {
  expect(createTurns().over()).toBeNull();
});
