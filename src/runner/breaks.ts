import { setTimeout as delay } from 'node:timers/promises';
import type { Effects } from '../job/effects.ts';
import type { Reducer } from '../results/reducer.ts';

/** A process that is to end looks so often whether it may. */
const LOOK_MS = 20;

/** Counts the images that are under way, and can keep further ones from beginning. */
export function createBreaks() {
  let held: Promise<void> | null = null;
  const underWay = new Map<string, () => number>();

  /** The same effects, of which no turn comes during a rest. */
  function between<Some extends Pick<Effects, 'turn'>>(effects: Some): Some {
    return { ...effects, turn: () => held ?? effects.turn() };
  }

  /** The reducer of a job, whose images are counted from now on. */
  function watch(key: string, reducer: Pick<Reducer, 'apply'>): Pick<Reducer, 'apply'> {
    let images = 0;
    underWay.set(key, () => images);
    return {
      apply(event, offset) {
        if (event.type === 'image_started') images += 1;
        else if (event.type === 'image_finished') images -= 1;
        reducer.apply(event, offset);
      },
    };
  }

  function count(): number {
    let sum = 0;
    for (const images of underWay.values()) sum += images();
    return sum;
  }

  async function rest(most_ms: number): Promise<() => void> {
    let goOn = () => {};
    held = new Promise((resolve) => {
      goOn = resolve;
    });
    for (const until = performance.now() + most_ms; performance.now() < until; ) {
      if (count() === 0) break;
      await delay(LOOK_MS);
    }
    return () => {
      held = null;
      goOn();
    };
  }

  return { between, watch, forget: (key: string) => void underWay.delete(key), rest };
}
