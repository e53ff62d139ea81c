import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSlots, type SlotActivity } from '../../src/job/slots.ts';

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
};

describe('slots', () => {
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
    await Promise.all(Array.from({ length: 50 }, () => slots.slot('a', run)));
    expect(most).toBe(3);
  });

  it('answer what the store answers, and go on after one that throws', async () => {
    const slots = createSlots(1);
    const broken = slots.slot('a', () => Promise.reject(new Error('broken')));
    const good = slots.slot('a', async () => 'good');
    await expect(broken).rejects.toThrow('broken');
    await expect(good).resolves.toBe('good');
  });

  it('rotate over the jobs that wait, so that a second job need not queue behind the first', async () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const enter = (job_id: string) =>
      slots.slot(job_id, async () => {
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
      slots.slot(job_id, async () => {
        order.push(job_id);
      });
    await Promise.all(['a', 'a', 'a', 'b', 'b', 'c'].map(enter));
    // The first came before anybody waited; from then on it is each one's turn.
    expect(order.join('')).toBe('aabcab');
  });

  it('show what each of them is doing, and null when free', async () => {
    const slots = createSlots(2);
    expect(slots.activities).toEqual([null, null]);
    await slots.slot('a', async (show) => {
      show(ACTIVITY);
      expect(slots.activities.filter((activity) => activity !== null)).toEqual([ACTIVITY]);
    });
    expect(slots.activities).toEqual([null, null]);
  });
});
