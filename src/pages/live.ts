import { setTimeout as delay } from 'node:timers/promises';
import { jsonLine } from '../terminal/prose.ts';
import type { Fragment } from './layout.ts';

/** So often it is looked at: as often as a person can follow, however many images there are. */
const LOOK_MS = 500;
/** It takes the server no larger part of its time than one of so many. */
const SHARE = 20;
const MOST_MS = 10_000;
/** A connection on which nothing comes for long is taken for dead by what lies between. */
const ALIVE_MS = 15_000;

/**
 * The parts of a page as they change, as server-sent events: `{id: markup}` of
 * those that are other than they were told. A look that answers the same list
 * as before has nothing new. Ends when whoever listens has gone, and with the
 * event `gone` where there is nothing left to look at.
 */
export async function* liveTexts(
  look: () => Promise<readonly Fragment[] | null>,
  isGone: () => boolean,
): AsyncGenerator<string> {
  const told = new Map<string, string>();
  let before: readonly Fragment[] = [];
  let said = performance.now();
  while (!isGone()) {
    const began = performance.now();
    const fragments = await look();
    const took_ms = performance.now() - began;
    if (!fragments) {
      yield 'event: gone\ndata: \n\n';
      return;
    }
    const changed = fragments === before ? [] : fragments.filter(isNew);
    before = fragments;
    for (const { id, markup } of changed) told.set(id, markup.markup);
    if (changed.length > 0) {
      said = performance.now();
      const message = Object.fromEntries(changed.map(({ id, markup }) => [id, markup.markup]));
      yield `data: ${jsonLine(message)}\n\n`;
    } else if (performance.now() - said >= ALIVE_MS) {
      said = performance.now();
      yield ': alive\n\n';
    }
    await delay(Math.min(MOST_MS, Math.max(LOOK_MS, SHARE * took_ms)));
  }

  function isNew({ id, markup }: Fragment): boolean {
    return told.get(id) !== markup.markup;
  }
}
