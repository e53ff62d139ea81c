import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createSlots, type SlotActivity, type Slots } from '../../src/job/slots.ts';

const ACTIVITY: SlotActivity = {
  job_id: 'a',
  store: 0,
  store_id: 'S1',
  images: 1,
  image: 0,
  phase: 'download',
  bytes: 0,
  since: 0,
  host: null,
  worker: null,
};

const { signal } = new AbortController();

/** A slot for a store that is not told to stop. */
const slot = <T>(
  slots: Slots,
  key: string,
  run: (show: (activity: SlotActivity) => void) => Promise<T>,
) => slots.slot(key, run, signal);

describe('slots', () => {
  it('let go at once of a store that waits when its job is stopped', async () => {
    const slots = createSlots(1);
    const stop = new AbortController();
    let end = () => {};
    const first = slot(slots, 'a', () => new Promise<void>((resolve) => (end = resolve)));
    const run = vi.fn(async () => 'ran');
    const waiting = slots.slot('b', run, stop.signal);
    const other = slot(slots, 'b', async () => 'other');
    stop.abort();
    expect(await waiting).toBeNull();
    end();
    expect(await other).toBe('other');
    await first;
    expect(run).not.toHaveBeenCalled();
  });

  it('never run more stores at once than the cap', async () => {
    const slots = createSlots(3);
    let running = 0;
    let most = 0;
    const run = async () => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    };
    await Promise.all(Array.from({ length: 50 }, () => slot(slots, 'a', run)));
    expect(most).toBe(3);
  });

  it('answer what the store answers, and go on after one that throws', async () => {
    const slots = createSlots(1);
    const broken = slot(slots, 'a', () => Promise.reject(new Error('broken')));
    const good = slot(slots, 'a', async () => 'good');
    await expect(broken).rejects.toThrow('broken');
    await expect(good).resolves.toBe('good');
  });

  it('rotate over the jobs that wait, so that a second job need not queue behind the first', async () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const enter = (job_id: string) =>
      slot(slots, job_id, async () => {
        order.push(job_id);
        await turn();
      });
    const large = Array.from({ length: 100 }, () => enter('large'));
    const small = Array.from({ length: 5 }, () => enter('small'));
    await Promise.all([...large, ...small]);
    // Two of the large job were in already; from then on they take turns.
    expect(order.slice(0, 13).filter((job_id) => job_id === 'small')).toHaveLength(5);
  });

  it('rotate over three jobs', async () => {
    const slots = createSlots(1);
    const order: string[] = [];
    const enter = (job_id: string) =>
      slot(slots, job_id, async () => {
        order.push(job_id);
      });
    await Promise.all(['a', 'a', 'a', 'b', 'b', 'c'].map(enter));
    // The first came before anybody waited; from then on it is each one's turn.
    expect(order.join('')).toBe('aabcab');
  });

  it('show what each of them is doing, and null when free', async () => {
    const slots = createSlots(2);
    expect(slots.activities).toEqual([]);
    await slot(slots, 'a', async (show) => {
      expect(slots.activities).toEqual([null]);
      show(ACTIVITY);
      expect(slots.activities).toEqual([ACTIVITY]);
    });
    expect(slots.activities).toEqual([null]);
  });

  it('cost what runs, not what the cap allows', async () => {
    const slots = createSlots(Number.MAX_SAFE_INTEGER);
    await Promise.all(Array.from({ length: 7 }, () => slot(slots, 'a', () => turn())));
    expect(slots.activities).toHaveLength(7);
    await Promise.all(Array.from({ length: 3 }, () => slot(slots, 'a', () => turn())));
    expect(slots.activities).toHaveLength(7);
  });

  it('are used again, the lowest first, while the others stay where they are', async () => {
    const slots = createSlots(4);
    const ends: (() => void)[] = [];
    const enter = (store_id: string) =>
      slot(slots, 'a', (show) => {
        show({ ...ACTIVITY, store_id });
        return new Promise<void>((resolve) => {
          ends.push(resolve);
        });
      });
    const shown = () => slots.activities.map((activity) => activity?.store_id ?? '-').join('');
    const stores = ['A', 'B', 'C', 'D'].map(enter);
    await turn();
    expect(shown()).toBe('ABCD');
    ends[2]?.();
    ends[0]?.();
    await turn();
    expect(shown()).toBe('-B-D');
    stores.push(enter('E'), enter('F'));
    await turn();
    expect(shown()).toBe('EBFD');
    for (const end of ends) end();
    await Promise.all(stores);
    expect(shown()).toBe('----');
  });
});
