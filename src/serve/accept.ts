/** What a client would rather have, by the qualities that it gives (RFC 9110, 12.4.2 and 12.5). */

/** A quality from 0 for never to 1, and where in the header it is given. */
type Quality = { quality: number; place: number };

const NEVER: Quality = { quality: 0, place: Number.POSITIVE_INFINITY };
/** More than a client has reason to name. */
const MAX_ENTRIES = 100;

/** What a header names, in lower case, with its quality; the first where it names something twice. */
function readQualities(header: string): Map<string, Quality> {
  const qualities = new Map<string, Quality>();
  for (const [place, entry] of header.split(',', MAX_ENTRIES).entries()) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const [, given = '1'] =
      /^q=(.*)$/.exec(parameters.find((one) => one.startsWith('q=')) ?? '') ?? [];
    // What is no quality says nothing of one.
    const quality = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(given) ? Number(given) : 1;
    if (name !== '' && !qualities.has(name)) qualities.set(name, { quality, place });
  }
  return qualities;
}

/** The first of these names that is given. */
function firstOf(qualities: Map<string, Quality>, names: readonly string[]): Quality {
  const name = names.find((one) => qualities.has(one));
  return (name === undefined ? null : qualities.get(name)) ?? NEVER;
}

/** How much each of several types is wanted: the most specific entry says it. */
function qualityOfType(qualities: Map<string, Quality>, types: readonly string[]): Quality {
  const [main = ''] = types[0]?.split('/') ?? [];
  return firstOf(qualities, [...types, `${main}/*`, '*/*']);
}

/**
 * The one of two media types that a client would rather have, each with its
 * other names; of equals the one it names first, else the first. That one too
 * where it wants neither: it is told so better than with nothing.
 */
export function preferred<Name extends string>(
  accept: string,
  offers: Record<Name, readonly string[]>,
  [first, second]: readonly [Name, Name],
): Name {
  const qualities = readQualities(accept);
  const [a, b] = [
    qualityOfType(qualities, offers[first]),
    qualityOfType(qualities, offers[second]),
  ];
  const isSecond = b.quality === a.quality ? b.place < a.place : b.quality > a.quality;
  return isSecond && b.quality > 0 ? second : first;
}

/** Whether an answer may be compressed with gzip, and not rather not. */
export function takesGzip(acceptEncoding: string): boolean {
  const qualities = readQualities(acceptEncoding);
  const { quality } = firstOf(qualities, ['gzip', 'x-gzip', '*']);
  const plain = qualities.get('identity')?.quality ?? 0;
  return quality > 0 && quality >= plain;
}
