import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

const FIXTURES = new URL('../../fixtures/', import.meta.url);

/** Headers of what no fixture has. */
const BY_HAND = {
  svg: [
    '<svg width="30" height="40"/>',
    '<?xml version="1.0"?><!-- c --><!DOCTYPE svg PUBLIC "a" "b" [<!ENTITY x "]>">]><svg:svg width = \'3e2\' viewBox="0,0 3 4">',
    '\ufeff \n<svg xmlns="http://www.w3.org/2000/svg" viewBox=" 0,0 , 120,\n80 ">',
    '<!doctype html><html><svg width="3" height="4"></svg></html>',
    '<!DOCTYPE svg [<!ENTITY a "&#52;"><!ENTITY b "&a;0">]><svg width="&b;px" height="+.5e1Q">',
    '\xfe\xff\0<\0s\0v\0g\0 \0w\0i\0d\0t\0h\0=\0"\x003\0"\0/\0>',
  ],
  pnm: ['P6\n# c\n640 480 255\n', 'P7\nWIDTH 9\nHEIGHT 8\nDEPTH 1\nENDHDR\n', 'Pf\n9 8\n-1.0\n'],
  bmp: [`BM${'\0'.repeat(12)}\x28\0\0\0\x09\0\0\0\x08\0\0\0`],
  gif: ['GIF89a\x05\0\x04\0\x80\0\0\0\0\0\0\0\0!\xfe\x01a\0,\x01\0\x01\0\x09\0\x08\0\0'],
  tiff: ['MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x02\x01\0\0\x10'],
  jxl: [
    '\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl \0\0\0\x0djxlp\0\0\0\0\xff\0\0\0\0jxlp\x80\0\0\x01\x0a\x41\xf0\x09',
  ],
  heif: [
    '\0\0\0\x14ftypmif1\0\0\0\0heic\0\0\0\x01meta\0\0\0\0\0\0\0\x5a\0\0\0\0\0\0\0\x0epitm\0\0\0\0\0\x01\0\0\0\0iprp\0\0\0\x1cipco\0\0\0\x14ispe\0\0\0\0\0\0\0\x28\0\0\0\x1e\0\0\0\0ipma\0\0\0\0\0\0\0\x01\0\x01\x01\x81',
  ],
  sequence: [
    `\0\0\0\x10ftypmsf1\0\0\0\0\0\0\0\x90moov\0\0\0\x88trak\0\0\0\x5ctkhd${'\0'.repeat(76)}\0\x28\0\0\0\x1e\0\0\0\0\0\x24mdia\0\0\0\x1chdlr${'\0'.repeat(8)}pict${'\0'.repeat(8)}`,
  ],
  raw: ['II*\0\x10\0\0\0CR\x02\0\0\0\0\0', 'IIU\0\x18\0\0\0', '\0\0\0\x18ftypcrx \0\0\0\x01'],
  tga: [`\0\x01\x0a${'\0'.repeat(9)}\x09\0\x08\0\x18\0${'\0'.repeat(9)}`],
  other: ['{"error":"not found"}', '%PDF-1.7', 'RIFF\0\0\0\0AVI LIST', 'plain text', ' '],
};

/** Every file under fixtures/ with a picture, and the headers by hand, each with its format's name. */
export function imageSeeds() {
  const seeds = ['images/', 'demo/images/'].flatMap((folder) =>
    readdirSync(new URL(folder, FIXTURES))
      .filter((name) => !name.endsWith('.json'))
      .map((name) => ({
        format: extname(name).slice(1),
        bytes: readFileSync(new URL(folder + name, FIXTURES)),
      })),
  );
  for (const [format, texts] of Object.entries(BY_HAND)) {
    for (const text of texts) seeds.push({ format, bytes: Buffer.from(text, 'latin1') });
  }
  return seeds;
}
