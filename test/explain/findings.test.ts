import { describe, expect, it } from 'vitest';
import { otherLines } from '../../src/explain/explanation.ts';
import { findCauses, findTarget } from '../../src/explain/findings.ts';
import { documentOf, failed, image, NOT_FOUND, PHOTO, store } from '../support/documents.ts';

describe('causes', () => {
  it('are code, status and host together, the most frequent first', async () => {
    const gone = { ...NOT_FOUND, http_status: 410, message: '410 Gone' };
    const elsewhere = { ...NOT_FOUND, host: 'img.example' };
    const stores = [gone, NOT_FOUND, elsewhere, NOT_FOUND].map((error) =>
      store([failed({ error })]),
    );
    const { list } = await findCauses(documentOf(stores));
    expect(list.map(({ error, count, first }) => [error, count, first.store])).toEqual([
      [NOT_FOUND, 2, 1],
      [gone, 1, 0],
      [elsewhere, 1, 2],
    ]);
  });

  it('name the next few images after the first', async () => {
    const stores = Array.from({ length: 6 }, (_, index) =>
      store([failed()], { store_id: `S${index + 1}` }),
    );
    const [cause] = (await findCauses(documentOf(stores))).list;
    expect(cause && otherLines(cause)).toEqual([
      '  others    5 more images for the same cause',
      '            S2, image 1 of 1  https://cdn.example/a/3.jpg',
      '            S3, image 1 of 1  https://cdn.example/a/3.jpg',
      '            S4, image 1 of 1  https://cdn.example/a/3.jpg',
      '            … and 2 more',
    ]);
  });

  it('of any number stay in bounded memory', async () => {
    const errors = Array.from({ length: 105 }, (_, index) => ({ ...NOT_FOUND, host: `h${index}` }));
    const { list, ungrouped } = await findCauses(
      documentOf([store(errors.map((error) => failed({ error })))]),
    );
    expect([list.length, ungrouped]).toEqual([100, 5]);
  });
});

describe('what is asked for', () => {
  const secret = 'https://user:secret@cdn.example/a.jpg?token=1';

  it('may be a URL as it is shown', async () => {
    const document = documentOf([store([image({ url: secret })])]);
    expect((await findTarget(document, secret)).imageCount).toBe(1);
    expect((await findTarget(document, 'https://cdn.example/a.jpg?…')).imageCount).toBe(1);
    expect((await findTarget(document, 'https://cdn.example/a.jpg')).imageCount).toBe(0);
  });

  it('may be a store id as it is shown', async () => {
    const document = documentOf([store([], { store_id: 'S\u001b[31m1' })]);
    expect((await findTarget(document, 'S[31m1')).storeCount).toBe(1);
  });

  it('of very many is found to a bound, and counted', async () => {
    const many = store(Array.from({ length: 250 }, () => failed()));
    const found = await findTarget(documentOf([many, many]), PHOTO);
    expect([found.images.length, found.imageCount]).toEqual([100, 500]);
    const { stores } = await findTarget(documentOf([many, many]), 'S0031');
    expect(stores.map((one) => [one.failed.length, one.failedCount])).toEqual([
      [100, 250],
      [100, 250],
    ]);
  });
});
