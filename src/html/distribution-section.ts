import { formatBytes, formatCount, formatCounted, formatSpan } from '../terminal/numbers.ts';
import type { Bucket, Distribution } from './distribution.ts';
import { html, type Markup } from './markup.ts';
import { shareBar } from './share-bar.ts';
import type { Survey } from './survey.ts';

/** How download times and file sizes of completed images are spread. */
export function distributionSection({ downloads, sizes }: Survey): Markup {
  return html`<div class="pair">
${distribution('download-time', 'Download time', downloads, formatSpan)}
${distribution('size', 'File size', sizes, formatBytes)}
</div>
`;
}

function distribution(
  id: string,
  title: string,
  { count, quantiles, buckets }: Distribution,
  format: (value: number) => string,
): Markup {
  if (!quantiles) return html``;
  const most = buckets.reduce((largest, bucket) => Math.max(largest, bucket.count), 0);
  const cells = Object.entries(quantiles).map(
    ([name, value]) =>
      html`<div><dt>${name}</dt><dd data-${id}="${name}">${format(value)}</dd></div>`,
  );
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p class="muted">of ${formatCounted(count, 'completed image')}</p>
<div class="card">
<dl class="quantiles">${cells}</dl>
<table class="bars"><thead class="unseen"><tr><th scope="col">from, to</th><th scope="col">share</th><th scope="col">images</th></tr></thead>
<tbody>${buckets.map((bucket) => bucketRow(bucket, most, format))}</tbody></table>
</div>
</section>`;
}

function bucketRow(
  { from, to, count }: Bucket,
  most: number,
  format: (value: number) => string,
): Markup {
  const bar = shareBar([{ name: 'download', value: count }], 'of the largest', most);
  return html`<tr><th scope="row">${format(from)} – ${format(to)}</th><td class="wide">${bar}</td><td class="number">${formatCount(count)}</td></tr>
`;
}
