import { formatBytes, formatCount, formatCounted } from '../terminal/numbers.ts';
import { html, type Markup } from './markup.ts';
import type { FormatShare, PictureSize, PictureSizes, SizeSpot } from './picture-sizes.ts';
import { shareBar } from './share-bar.ts';
import type { Survey } from './survey.ts';

/** The sizes in pixels and the formats of completed images; nothing where there are none. */
export function sizesSection({ pictures }: Survey): Markup {
  const { count, formats } = pictures;
  if (count === 0) return html``;
  return html`<section aria-labelledby="pixels">
<h2 id="pixels">Sizes and formats</h2>
<p class="muted">of ${formatCounted(count, 'completed image')}</p>
<div class="pair">
${scatter(pictures)}
<div class="card">
${formatTable(formats)}${commonTable(pictures)}
</div>
</div>
</section>
`;
}

function scatter(pictures: PictureSizes): Markup {
  const { spots, from, to } = pictures;
  const most = spots[0]?.count ?? 1;
  const reach = spots.length > CROWDED ? 4 : 9;
  const ticks = ticksOf(from, to).map((pixels) => ({
    label: pixels >= 10_000 ? `${pixels / 1000}k` : formatCount(pixels),
    share: Math.log(pixels / from) / Math.log(to / from),
  }));
  return html`<div class="card scatter">
<h3>Width × height, in pixels</h3>
<div class="plot"><svg role="img" aria-label="${spokenOf(pictures)}">
<line class="diagonal" x1="0" y1="100%" x2="100%" y2="0"/>
${ticks.map(
  ({
    label,
    share,
  }) => html`<line x1="${percent(share)}" y1="0" x2="${percent(share)}" y2="100%"/><text x="${percent(share)}" y="100%" dy="17" text-anchor="middle">${label}</text>
<line x1="0" y1="${percent(1 - share)}" x2="100%" y2="${percent(1 - share)}"/><text x="0" y="${percent(1 - share)}" dx="-7" dy="4" text-anchor="end">${label}</text>
`,
)}${spots.map((spot) => circle(spot, most, reach))}</svg></div>
<p class="muted">Wide images are below the diagonal, tall ones above it.</p>
</div>`;
}

/** With more spots than that they are smaller, or would hide one another. */
const CROWDED = 150;

/** The more images it stands for, the larger and the stronger it is. */
function circle(spot: SizeSpot, most: number, reach: number): Markup {
  const { x, y, count, widths, heights } = spot;
  const weight = Math.sqrt(count / most);
  const [radius, opacity] = [2.5 + reach * weight, 0.4 + 0.45 * weight];
  const tip = `${range(widths)} × ${range(heights)}: ${formatCounted(count, 'image')}`;
  return html`<circle cx="${percent(x)}" cy="${percent(1 - y)}" r="${radius.toFixed(1)}" fill-opacity="${opacity.toFixed(2)}" data-tip="${tip}"/>
`;
}

function range([least, most]: [number, number]): string {
  return least === most ? formatCount(least) : `${formatCount(least)}–${formatCount(most)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}

/** Round numbers of pixels within the axes: 1, 2 and 5 times a power of ten, or such powers where these are many. */
function ticksOf(from: number, to: number): number[] {
  const powers = Array.from({ length: 9 }, (_, power) => 10 ** power);
  const within = (pixels: number) => pixels >= from && pixels <= to;
  const fine = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter(within);
  return fine.length > 7 ? powers.filter(within) : fine;
}

function spokenOf({ distinct, smallest, largest, common: [first] }: PictureSizes): string {
  const facts = [
    formatCounted(distinct, 'size'),
    ...(smallest ? [`the smallest ${sizeText(smallest)}`] : []),
    ...(largest ? [`the largest ${sizeText(largest)}`] : []),
    ...(first ? [`the most frequent ${sizeText(first)}`] : []),
  ];
  return `Width × height in pixels: ${facts.join(', ')}`;
}

function sizeText({ width, height }: PictureSize): string {
  return `${formatCount(width)} × ${formatCount(height)}`;
}

function formatTable(formats: FormatShare[]): Markup {
  const sum = formats.reduce((total, { images }) => total + images, 0);
  return html`<h3>Formats</h3>
<table class="shares"><thead class="unseen"><tr><th scope="col">format</th><th scope="col">share</th><th scope="col">of all</th><th scope="col">images</th><th scope="col">bytes</th></tr></thead>
<tbody>${formats.map((format) => formatRow(format, sum))}</tbody></table>
`;
}

function formatRow({ format, images, bytes }: FormatShare, sum: number): Markup {
  const bar = shareBar([{ name: 'format', value: images }], 'of all images', sum);
  return html`<tr><th scope="row"><span class="id">${format}</span></th><td class="wide">${bar}</td><td class="number">${share(images, sum)}</td><td class="number">${formatCount(images)}</td><td class="number muted">${formatBytes(bytes)}</td></tr>
`;
}

function commonTable({ distinct, common, smallest, largest, count }: PictureSizes): Markup {
  const ends =
    smallest && largest && distinct > 1
      ? html`<p class="muted">from ${sizeText(smallest)} to ${sizeText(largest)}, ${formatCounted(distinct, 'size')} in all</p>
`
      : html``;
  return html`<h3>Most frequent sizes</h3>
${ends}<table class="shares"><thead class="unseen"><tr><th scope="col">width × height</th><th scope="col">share</th><th scope="col">of all</th><th scope="col">images</th></tr></thead>
<tbody>${common.map((size) => commonRow(size, count))}</tbody></table>
`;
}

function commonRow(size: PictureSize, sum: number): Markup {
  const bar = shareBar([{ name: 'format', value: size.count }], 'of all images', sum);
  return html`<tr><th scope="row">${sizeText(size)}</th><td class="wide">${bar}</td><td class="number">${share(size.count, sum)}</td><td class="number">${formatCount(size.count)}</td></tr>
`;
}

/** `0.4%`, `12%` */
function share(count: number, sum: number): string {
  const value = (100 * count) / sum;
  if (value > 0 && value < 0.1) return '< 0.1%';
  return `${value < 10 && value !== Math.round(value) ? value.toFixed(1) : Math.round(value)}%`;
}
