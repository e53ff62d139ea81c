import { describe, expect, it } from 'vitest';
import { acceptLine, acceptManifest } from '../../src/manifest/accept.ts';
import { lineIssues, manifestIssues } from '../../src/manifest/issues.ts';
import { gatherUnknownFields } from '../../src/manifest/unknown-fields.ts';
import { createRandom } from '../support/random.ts';

const checkUrl = (url: string) => (url.includes('bad') ? 'bad' : null);
const ROUNDS = 20_000;

/** A value that is right, nearly right or wrong, for each place of a manifest. */
function createMaker(seed: number) {
  const { next: random, below } = createRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const junk = () => pick([null, 0, 1, -1, 1.5, '', 'x', true, [], {}, [1], ['x']]);
  const mostly = <T>(value: T) => (random() < 0.9 ? value : junk());
  const field = (name: string, value: unknown, share: number) =>
    random() < share ? { [name]: mostly(value) } : {};
  const url = () => mostly(pick(['https://x.example/a', 'bad', 'no url']));
  const urls = () => Array.from({ length: below(3) }, url);
  const id = () => pick(['S1', '', 'é🏬', 'x'.repeat(256), 'x'.repeat(257), '🏬'.repeat(256)]);
  const store = (images: string) => ({
    ...field('store_id', id(), 0.95),
    ...field('visit_time', '2026', 0.3),
    ...field(images, urls(), 0.95),
    ...field('note', 1, 0.1),
  });
  const list = (images: string) =>
    mostly(Array.from({ length: below(3) }, () => mostly(store(images))));
  return {
    line: () =>
      mostly({ ...store(pick(['images', 'image_url'])), ...field('images', urls(), 0.1) }),
    manifest: () =>
      mostly({
        ...field('job_id', pick(['a', 'spring-audit', '.a', '']), 0.5),
        ...field('count', below(3), 0.3),
        ...(random() < 0.6 ? { stores: list('images') } : {}),
        ...(random() < 0.4 ? { visits: list('image_url') } : {}),
      }),
  };
}

describe('the short way through a manifest', () => {
  const checks = () => ({ checkUrl, unknownFields: gatherUnknownFields('fields') });

  it('accepts just those manifests that the schemas find nothing wrong with', () => {
    const make = createMaker(1);
    const seen = { accepted: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const value = make.manifest();
      const accepted = acceptManifest(value, checks()) !== null;
      seen[accepted ? 'accepted' : 'refused'] += 1;
      expect(manifestIssues(value, checkUrl).length === 0, JSON.stringify(value)).toBe(accepted);
    }
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(ROUNDS / 20);
  });

  it('accepts just those lines', () => {
    const make = createMaker(2);
    const seen = { accepted: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const value = make.line();
      const accepted = acceptLine(value, checks()) !== null;
      seen[accepted ? 'accepted' : 'refused'] += 1;
      expect(lineIssues(value, checkUrl).length === 0, JSON.stringify(value)).toBe(accepted);
    }
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(ROUNDS / 20);
  });
});
