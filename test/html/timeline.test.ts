import { describe, expect, it } from 'vitest';
import { createTimeline } from '../../src/html/timeline.ts';
import type { StoreResult } from '../../src/results/results-schema.ts';
import { failed, image, skipped, store } from '../support/documents.ts';

const T0 = Date.UTC(2026, 2, 1, 9, 30);
const at = (ms: number) => new Date(T0 + ms).toISOString();

/** An image that began so long after the job: download and work, after a wait. */
const photo = (start: number, download_ms: number, work_ms = 400, wait_ms = 0) =>
  image({
    started_at: at(start),
    duration_ms: wait_ms + download_ms + work_ms,
    download_ms,
    work_ms,
  });

async function timelineOf(stores: StoreResult[], busy_ms = 0) {
  const timeline = createTimeline(busy_ms);
  for (const one of stores) timeline.add(one);
  return timeline.timeline();
}

const named = (store_id: string, ...images: ReturnType<typeof image>[]) =>
  store(images, { store_id });

describe('the timeline of a job', () => {
  it('has a piece for each image, from the first one’s start on', async () => {
    const { data, slots, totals } = await timelineOf([
      named('S1', photo(5000, 40), photo(5440, 60, 300, 740)),
    ]);
    expect(data).toEqual({
      duration_ms: 1540,
      lanes: 1,
      breaks: [],
      images_each: 1,
      store_ids: ['S1'],
      lane: [0, 0],
      store: [0, 0],
      image: [1, 2],
      start: [0, 440],
      wait: [0, 740],
      download: [40, 60],
      work: [400, 300],
      failed: [0, 0],
    });
    expect({ slots, totals }).toEqual({
      slots: 1,
      totals: { wait_ms: 740, download_ms: 100, work_ms: 700 },
    });
  });

  it('tells which image failed, and leaves out what was not done', async () => {
    const { data } = await timelineOf([
      named('S1', photo(0, 40), failed({ started_at: at(440) }), skipped()),
      named('S2', skipped()),
    ]);
    expect(data).toMatchObject({ image: [1, 2], failed: [0, 1], work: [400, 0] });
    expect(data.store_ids).toEqual(['S1']);
  });

  it('has stores that ran at once in lanes of their own, in the order of their times', async () => {
    const { data, slots } = await timelineOf([
      named('late', photo(500, 40)),
      named('first', photo(0, 60)),
      named('beside', photo(10, 600)),
    ]);
    expect(slots).toBe(2);
    expect(data.lane.map((lane, piece) => [lane, data.store_ids[data.store[piece] ?? -1]])).toEqual(
      [
        [0, 'first'],
        [0, 'late'],
        [1, 'beside'],
      ],
    );
  });

  it('is one lane for stores in a row, though their times are rounded', async () => {
    const { slots } = await timelineOf([
      named('S1', photo(0, 10, 0)),
      named('S2', photo(9, 10, 0)),
      named('S3', photo(17, 1, 0)),
      named('S4', photo(18, 0, 0)),
    ]);
    expect(slots).toBe(1);
  });

  it('leaves out the pause of a job that was interrupted', async () => {
    const stores = [named('S1', photo(0, 40)), named('S2', photo(3_600_000, 60))];
    const { data } = await timelineOf(stores, 800);
    expect(data).toMatchObject({ start: [0, 440], duration_ms: 900, breaks: [440], lanes: 1 });
  });

  it('shows that time where the job ran in it', async () => {
    const stores = [named('S1', photo(0, 40)), named('S2', photo(3_600_000, 60))];
    expect((await timelineOf(stores, 3_600_460)).data).toMatchObject({
      start: [0, 3_600_000],
      breaks: [],
    });
  });

  it('is as long as the job was, whose last images may not have finished', async () => {
    const { data } = await timelineOf([named('S1', photo(0, 40))], 1200);
    expect(data).toMatchObject({ start: [0], duration_ms: 1200 });
  });

  it('has nothing where no image was worked on', async () => {
    const { data, slots } = await timelineOf([store([]), store([skipped()])]);
    expect(slots).toBe(0);
    expect(data).toMatchObject({ duration_ms: 0, lanes: 0, start: [] });
  });

  it('has store ids without control and direction characters', async () => {
    expect((await timelineOf([named('S\u001b[31m\u202e1', photo(0, 40))])).data.store_ids).toEqual([
      'S[31m1',
    ]);
  });
});

describe('the timeline of a very large job', () => {
  const sum = (list: number[]) => list.reduce((total, value) => total + value, 0);

  it('draws the first 200 lanes, and counts all', async () => {
    const stores = Array.from({ length: 300 }, (_, index) => named(`S${index}`, photo(0, 40)));
    const { data, slots, totals } = await timelineOf(stores);
    expect({ slots, lanes: data.lanes, pieces: data.start.length }).toEqual({
      slots: 300,
      lanes: 200,
      pieces: 200,
    });
    expect(totals).toEqual({ wait_ms: 0, download_ms: 12_000, work_ms: 120_000 });
  });

  it('draws images in a row as one where there are over 100,000, and loses none of their time', async () => {
    // In pairs of stores, which share a piece where the first has an odd number.
    const first = Array.from({ length: 301 }, (_, index) => photo(index * 10, 3, 6, 1));
    const second = Array.from({ length: 301 }, (_, index) => photo(3010 + index * 10, 3, 6, 1));
    second[0] = failed({ started_at: at(3010), duration_ms: 3, download_ms: 3 });
    const stores = Array.from({ length: 200 }, (_, index) => [
      named(`A${index}`, ...first),
      named(`B${index}`, ...second),
    ]).flat();
    const { data } = await timelineOf(stores);
    expect(data.images_each).toBe(2);
    expect(data.start).toHaveLength(200 * 301);
    expect(sum(data.wait)).toBe(200 * 601);
    expect(sum(data.download)).toBe(200 * 602 * 3);
    expect(sum(data.work)).toBe(200 * 601 * 6);
    expect(sum(data.failed)).toBe(200);
    expect(data.image.slice(149, 152)).toEqual([299, 301, 2]);
    expect(data.start.slice(149, 152)).toEqual([2980, 3000, 3020]);
    expect(data.store.slice(149, 152)).toEqual([0, 0, 1]);
    expect(data.failed[150]).toBe(1);
  });
});
