import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createComebacks } from '../../src/service/comebacks.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('wait twice as long each time, up to a minute, until they have come to rest', async () => {
  const called: string[] = [];
  const { add, forget } = createComebacks((id) => called.push(id));
  for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
    add('a');
    await vi.advanceTimersByTimeAsync(wait * 1000 - 1);
    expect(called.splice(0)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(called.splice(0)).toEqual(['a']);
  }
  forget('a');
  add('a');
  await vi.advanceTimersByTimeAsync(1000);
  expect(called).toEqual(['a']);
});

it('are not called for after they are forgotten, or all is closed', async () => {
  const called: string[] = [];
  const { add, forget, close } = createComebacks((id) => called.push(id));
  add('a');
  add('b');
  forget('a');
  close();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(called).toEqual([]);
});
