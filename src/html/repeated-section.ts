import { formatCount, formatCounted } from '../terminal/numbers.ts';
import { html, type Markup } from './markup.ts';
import type { RepeatedPicture } from './repeated-pictures.ts';
import type { Survey } from './survey.ts';
import { urlLink } from './url-link.ts';

/** Pictures that came more than once, over all stores; nothing where there are none. */
export function repeatedSection({ repeated: { list, count } }: Survey): Markup {
  if (list.length === 0) return html``;
  const more = count > list.length ? `, here those that came most often` : '';
  return html`<section aria-labelledby="repeated">
<h2 id="repeated">Pictures that came more than once</h2>
<p class="muted">${formatCounted(count, 'picture')} of one SHA-256 each${more}</p>
<div class="card scroll" tabindex="0" role="group" aria-labelledby="repeated"><table>
<thead><tr><th scope="col" class="number">times</th><th scope="col">where</th><th scope="col">SHA-256</th></tr></thead>
<tbody>${list.map(pictureRow)}</tbody>
</table></div>
</section>
`;
}

function pictureRow({ sha256, count, places }: RepeatedPicture): Markup {
  const more = count - places.length;
  return html`<tr><td class="number">${formatCount(count)}</td><td><ul>${places.map(placeItem)}</ul>${more > 0 ? `and ${formatCount(more)} more` : ''}</td><td><span class="id">${sha256.slice(0, 12)}…</span></td></tr>
`;
}

function placeItem({ store_id, image, images, url }: RepeatedPicture['places'][number]): Markup {
  const where = `image ${formatCount(image + 1)} of ${formatCount(images)}`;
  return html`<li><span class="id">${store_id}</span> ${where} <span class="muted">${urlLink(url)}</span></li>`;
}
