import { describe, expect, it } from 'vitest';
import { createPictureSizes, OTHER_FORMATS } from '../../src/html/picture-sizes.ts';
import type { ImageResult } from '../../src/results/results-schema.ts';
import { failed, image, pending, skipped, store } from '../support/documents.ts';

function sizesOf(images: ImageResult[]) {
  const pictures = createPictureSizes();
  pictures.add(store(images));
  return pictures.sizes();
}

const of = (width: number, height: number, more: Partial<ImageResult> = {}) =>
  image({ width, height, ...more });

describe('the sizes of a job', () => {
  it('are those of completed images, the most frequent first', async () => {
    const images = [of(640, 480), of(10, 2000), failed(), of(640, 480), skipped(), pending()];
    expect(await sizesOf(images)).toMatchObject({
      count: 3,
      distinct: 2,
      common: [
        { width: 640, height: 480, count: 2 },
        { width: 10, height: 2000, count: 1 },
      ],
      smallest: { width: 10, height: 2000 },
      largest: { width: 640, height: 480 },
    });
  });

  it('are none where nothing completed', async () => {
    expect(await sizesOf([failed()])).toMatchObject({
      count: 0,
      distinct: 0,
      spots: [],
      formats: [],
    });
  });

  it('name eight, though the most frequent come last', async () => {
    const rare = Array.from({ length: 500 }, (_, index) => of(index + 1, 7));
    const { common } = await sizesOf([...rare, of(9000, 9000), of(9000, 9000)]);
    expect(common).toHaveLength(8);
    expect(common[0]).toEqual({ width: 9000, height: 9000, count: 2 });
  });

  it('are drawn by their logarithms, the same for both, with squares on the diagonal', async () => {
    const { spots, from, to } = await sizesOf([of(100, 100), of(10_000, 10_000), of(100, 10_000)]);
    expect(from).toBeLessThan(100);
    expect(to).toBeGreaterThan(10_000);
    const at = (pixels: number) => Math.log(pixels / from) / Math.log(to / from);
    expect(spots.map(({ x, y, count }) => ({ x, y, count }))).toEqual([
      { x: at(100), y: at(100), count: 1 },
      { x: at(100), y: at(10_000), count: 1 },
      { x: at(10_000), y: at(10_000), count: 1 },
    ]);
  });

  it('stand in the middle where there is one', async () => {
    const [spot] = (await sizesOf([of(300, 300)])).spots;
    expect(spot?.x).toBeCloseTo(0.5);
    expect(spot?.y).toBeCloseTo(0.5);
  });

  it('are drawn as one where they are near, and say of which sizes', async () => {
    const { spots } = await sizesOf([of(1000, 1000), of(1001, 1002), of(10, 10)]);
    expect(spots).toHaveLength(2);
    expect(spots[0]).toMatchObject({ count: 2, widths: [1000, 1001], heights: [1000, 1002] });
  });

  it('take no more of the page, however many there are, and within it however large they are', async () => {
    const images = Array.from({ length: 50_000 }, (_, index) =>
      of(1 + ((index * 7919) % 40_000), 1 + ((index * 104_729) % 40_000)),
    );
    const { spots, count } = await sizesOf([...images, of(Number.MAX_SAFE_INTEGER, 1)]);
    expect(count).toBe(50_001);
    expect(spots.length).toBeLessThanOrEqual(56 * 40);
    expect(spots.reduce((sum, spot) => sum + spot.count, 0)).toBe(count);
    for (const { x, y } of spots) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(x, y)).toBeLessThanOrEqual(1);
    }
  });
});

describe('the formats of a job', () => {
  it('have their images and bytes, the most frequent first', async () => {
    const bytes = 100;
    const images = [of(1, 1, { format: 'png', bytes }), image(), image(), failed()];
    expect((await sizesOf(images)).formats).toEqual([
      { format: 'jpg', images: 2, bytes: 80_642 },
      { format: 'png', images: 1, bytes: 100 },
    ]);
  });

  it('are few, whatever a results file says', async () => {
    const images = Array.from({ length: 3000 }, (_, index) =>
      image({ format: `f${index}`, bytes: 1 }),
    );
    const { formats } = await sizesOf([
      ...images,
      image({ format: `\u001b${'x'.repeat(99)}`, bytes: 1 }),
    ]);
    const names = formats.map(({ format }) => format);
    expect(names.join()).not.toContain('\u001b');
    expect(Math.max(...names.map(({ length }) => length))).toBeLessThan(25);
    expect(formats).toHaveLength(13);
    expect(formats.reduce((sum, share) => sum + share.images, 0)).toBe(3001);
    expect(names.indexOf(OTHER_FORMATS)).toBe(12);
    expect(new Set(names).size).toBe(13);
  });
});
