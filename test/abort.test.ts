import { expect, it } from 'vitest';
import { onAbort } from '../src/abort.ts';

it('an abort calls all who listen once, in the order they came, but those who have left', () => {
  const stop = new AbortController();
  const called: string[] = [];
  const forget = {
    a: onAbort(stop.signal, () => called.push('a')),
    // Who is called may take another back that is not called yet.
    b: onAbort(stop.signal, () => {
      called.push('b');
      forget.d();
    }),
    c: onAbort(stop.signal, () => called.push('c')),
    d: onAbort(stop.signal, () => called.push('d')),
    e: onAbort(stop.signal, () => called.push('e')),
  };
  forget.c();
  forget.c();
  stop.abort();
  expect(called).toEqual(['a', 'b', 'e']);
  forget.a();
});

it('whoever comes after the abort is called at once', () => {
  const called: string[] = [];
  onAbort(AbortSignal.abort(), () => called.push('late'))();
  expect(called).toEqual(['late']);
});
