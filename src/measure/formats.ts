import { isBmp, readBmp } from './bmp.ts';
import { hasAt } from './bytes.ts';
import { isCameraRaw, readCameraRaw } from './camera-raw.ts';
import { readDds } from './dds.ts';
import { readGif } from './gif.ts';
import { readHeif } from './heif.ts';
import { readIcns } from './icns.ts';
import { isCur, isIco, readIco } from './ico.ts';
import { readJpeg } from './jpeg.ts';
import { readJ2c, readJp2 } from './jpeg-2000.ts';
import { readJxlCodestream, readJxlContainer } from './jpeg-xl.ts';
import { readKtx, readKtx2 } from './ktx.ts';
import { looksLikeXml } from './not-an-image.ts';
import { readPng } from './png.ts';
import { isPnm, readPnm } from './pnm.ts';
import { readPsd } from './psd.ts';
import { readSvg } from './svg.ts';
import { readTga } from './tga.ts';
import { isTiff, readTiff } from './tiff.ts';
import type { SizeReader } from './verdict.ts';
import { readWebp } from './webp.ts';

export type ImageFormat = {
  /** Short name, as messages write it in capitals. */
  name: string;
  /** Whether a body that begins with these bytes is of this format. */
  matches(head: Uint8Array): boolean;
  read(): SizeReader;
};

/** How many bytes of a body the signatures want to see; shorter bodies are looked at whole. */
export const HEAD_LENGTH = 32;

const starts = (signature: string) => (head: Uint8Array) => hasAt(head, 0, signature);

/** Every format that a signature gives away, the common ones first. */
export const FORMATS: readonly ImageFormat[] = [
  { name: 'jpg', matches: starts('\xff\xd8'), read: readJpeg },
  { name: 'png', matches: starts('\x89PNG\r\n\x1a\n'), read: readPng },
  {
    name: 'webp',
    matches: (head) => hasAt(head, 0, 'RIFF') && hasAt(head, 8, 'WEBP'),
    read: readWebp,
  },
  { name: 'gif', matches: isGif, read: readGif },
  { name: 'camera raw', matches: isCameraRaw, read: readCameraRaw },
  { name: 'heif', matches: (head) => hasAt(head, 4, 'ftyp'), read: readHeif },
  { name: 'svg', matches: looksLikeXml, read: readSvg },
  { name: 'tiff', matches: isTiff, read: readTiff },
  { name: 'bmp', matches: isBmp, read: readBmp },
  { name: 'ico', matches: isIco, read: () => readIco('ico') },
  { name: 'cur', matches: isCur, read: () => readIco('cur') },
  { name: 'psd', matches: starts('8BPS'), read: readPsd },
  { name: 'jxl', matches: starts('\xff\x0a'), read: readJxlCodestream },
  { name: 'jxl', matches: starts('\0\0\0\x0cJXL '), read: readJxlContainer },
  { name: 'jp2', matches: starts('\0\0\0\x0cjP  '), read: readJp2 },
  { name: 'j2c', matches: starts('\xff\x4f\xff\x51'), read: readJ2c },
  { name: 'icns', matches: starts('icns'), read: readIcns },
  { name: 'dds', matches: starts('DDS '), read: readDds },
  { name: 'ktx', matches: starts('\xabKTX 11\xbb\r\n\x1a\n'), read: readKtx },
  { name: 'ktx', matches: starts('\xabKTX 20\xbb\r\n\x1a\n'), read: readKtx2 },
  { name: 'pnm', matches: isPnm, read: readPnm },
];

/** TGA has no signature: taken only where nothing else fits and the server says so. */
export const TGA: ImageFormat = { name: 'tga', matches: () => true, read: readTga };

function isGif(head: Uint8Array): boolean {
  return hasAt(head, 0, 'GIF87a') || hasAt(head, 0, 'GIF89a');
}
