/**
 * Calls back once when the signal is aborted, at once if it already is.
 * Returns the way to take that back. Thousands of downloads and sleeps share
 * one signal, and an EventTarget walks all its listeners to remove one: here
 * each signal has one listener and a set behind it.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  const callbacks = callbacksOf(signal);
  callbacks.add(callback);
  return () => callbacks.delete(callback);
}

const callbacksBySignal = new WeakMap<AbortSignal, Set<() => void>>();

function callbacksOf(signal: AbortSignal): Set<() => void> {
  const known = callbacksBySignal.get(signal);
  if (known) return known;
  const callbacks = new Set<() => void>();
  callbacksBySignal.set(signal, callbacks);
  signal.addEventListener(
    'abort',
    () => {
      for (const callback of callbacks) callback();
    },
    { once: true },
  );
  return callbacks;
}
