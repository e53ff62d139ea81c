import type { SlotActivity } from '../job/slots.ts';
import type { StoreEnd, StoreHooks, StoreTask } from '../job/store-runner.ts';
import type { ToldStore } from './delivery.ts';
import type { Entry } from './entries.ts';
import type { SlotMessage } from './messages.ts';
import type { StoreToPut } from './run-place.ts';

/** A store that is with the fleet. */
export type OpenStore = { hooks: StoreHooks; told: ToldStore };

/** The stores of one job that are with the fleet, and what they do there. */
export type OpenStores = {
  /** Resolves with the end of the store; null where it has none. */
  add(task: StoreTask, hooks: StoreHooks, told: ToldStore): Promise<StoreEnd | null>;
  get(position: number): OpenStore | undefined;
  positions(): number[];
  /** Whether their job is to stop in good order. */
  isOver(): boolean;
  /** What goes into the queue of those that are still open. */
  toPut(positions: readonly number[]): StoreToPut[];
  /** Shows how far a store is by its results, and what a slot of a worker does. */
  showEntry(entry: Entry): void;
  showSlot(slot: SlotMessage, worker: string): void;
  /** A store is done with. */
  settle(position: number): void;
  settleAll(): void;
  fail(error: unknown): void;
};

type Held = OpenStore & {
  task: StoreTask;
  activity: SlotActivity | null;
  resolve(end: StoreEnd | null): void;
  reject(error: unknown): void;
};

/** `elapsed` is monotonic milliseconds. */
export function createOpenStores(elapsed: () => number): OpenStores {
  const open = new Map<number, Held>();

  /** It is shown from the moment a worker has it. */
  function activityOf(store: Held): SlotActivity {
    if (store.activity) return store.activity;
    const { task, hooks } = store;
    const { store_id, images } = task.store;
    store.activity = {
      ...{ job_id: task.job_id, store: task.position, store_id, images: images.length },
      ...{ image: 0, phase: 'download', bytes: 0, since: elapsed(), host: null, worker: null },
    };
    hooks.show(store.activity);
    return store.activity;
  }

  function settle(position: number): void {
    const store = open.get(position);
    open.delete(position);
    store?.resolve(store.told.end);
  }

  return {
    add: (task, hooks, told) =>
      new Promise((resolve, reject) => {
        open.set(task.position, { task, hooks, told, activity: null, resolve, reject });
      }),
    get: (position) => open.get(position),
    positions: () => [...open.keys()],
    isOver: () => open.values().next().value?.hooks.isOver() ?? false,
    toPut: (positions) =>
      positions.flatMap((position) => {
        const store = open.get(position);
        if (!store) return [];
        const { task, told } = store;
        const { done, failure } = told;
        const { store_id, visit_time, images } = task.store;
        const known = { known: [...done], failure };
        const data = { store_id, visit_time, images: [...images] };
        return [{ job_id: task.job_id, position, ...known, store: data }];
      }),
    showEntry({ position, events }) {
      const store = open.get(position);
      if (!store) return;
      const activity = activityOf(store);
      activity.since = elapsed();
      for (const event of events) {
        if (event.type !== 'image_finished') continue;
        activity.image = Math.min(event.image + 1, store.task.store.images.length - 1);
      }
    },
    showSlot({ store: position, image, phase, bytes, ago, host }, worker) {
      const store = open.get(position);
      if (!store) return;
      const since = elapsed() - ago;
      Object.assign(activityOf(store), { image, phase, bytes, since, host, worker });
    },
    settle,
    settleAll() {
      for (const position of [...open.keys()]) settle(position);
    },
    fail(error) {
      for (const { reject } of open.values()) reject(error);
      open.clear();
    },
  };
}
