import { describe, expect, it } from 'vitest';
import { workName } from '../../src/options/work-name.ts';

describe('what work is called', () => {
  it.each([
    ['/home/a/resnet.mjs', 'resnet'],
    ['/home/a/resnet/index.mjs', 'resnet'],
    ['/home/a/resnet/main.ts', 'resnet'],
    ['/home/a/node_modules/@acme/phash', '@acme/phash'],
    ['/home/a/node_modules/phash/gpu', 'phash/gpu'],
    ['/home/a/node_modules/b/node_modules/phash', 'phash'],
    ['/index.mjs', 'index'],
  ])('of %s is %s', (path, name) => expect(workName(path)).toBe(name));
});
