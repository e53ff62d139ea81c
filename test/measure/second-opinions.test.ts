import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const IMAGES = new URL('../../fixtures/images/', import.meta.url);
const opinions = z
  .record(z.string(), z.string())
  .parse(JSON.parse(readFileSync(new URL('second-opinions.json', IMAGES), 'utf8')));
const sizes = z
  .record(z.string(), z.object({ width: z.number(), height: z.number() }))
  .parse(JSON.parse(readFileSync(new URL('expected.json', IMAGES), 'utf8')));

/** Fixtures whose size fewer than two of the programs confirm, and how many do. */
const FEWER: Record<string, [count: number, why: string]> = {
  'alpha.pam': [1, 'only ImageMagick reads PAM'],
  'app-png.icns': [1, 'only Pillow reads ICNS'],
  'app.icns': [1, 'only Pillow reads ICNS'],
  'clap.heic': [1, 'the others apply the crop'],
  'codestream.jxl': [1, 'only exiftool reads JPEG XL'],
  'container.jxl': [1, 'only exiftool reads JPEG XL'],
  'height-alone.svg': [1, 'the rule of CSS is that of browsers'],
  'mini-large.avif': [0, 'none of them reads the mini box yet'],
  'mini.avif': [0, 'none of them reads the mini box yet'],
  'quarters.svg': [1, 'only browsers know the quarter-millimetre'],
  'rgba.ktx': [0, 'none of them reads KTX'],
  'rgba.ktx2': [0, 'none of them reads KTX'],
  'width-alone.svg': [1, 'the rule of CSS is that of browsers'],
};

describe('the size that a fixture is made with', () => {
  const images = Object.entries(sizes).filter(([path]) => path.startsWith('images/'));

  it.each(images)('%s is what other programs say too', (path, { width, height }) => {
    const name = path.slice('images/'.length);
    const answers = (opinions[name] ?? '').split('; ').map((answer) => answer.split(' '));
    const [, ...programs] = answers.find(([size]) => size === `${width}x${height}`) ?? [];
    const [fewer] = FEWER[name] ?? [undefined];
    if (fewer === undefined) expect(programs.length).toBeGreaterThanOrEqual(2);
    else expect(programs).toHaveLength(fewer);
  });
});
