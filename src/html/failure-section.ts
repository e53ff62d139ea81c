import type { FailureGroup, FailureSample } from '../results/failures.ts';
import { formatCount, formatCounted } from '../terminal/numbers.ts';
import { showUrl } from '../terminal/prose.ts';
import { urlCommand } from '../terminal/url-command.ts';
import { html, type Markup } from './markup.ts';
import type { Survey } from './survey.ts';
import { urlLink } from './url-link.ts';

export type FailureSectionOptions = {
  /** The name of the file that holds the results. */
  results: string;
  /** Whether the table of all images stands on the same page. */
  hasTable: boolean;
};

/** The failures by cause. */
export function failureSection(
  { failures }: Pick<Survey, 'failures'>,
  options: FailureSectionOptions,
): Markup {
  const { groups, ungrouped } = failures;
  if (groups.length === 0) return html``;
  const rest =
    ungrouped === 0
      ? html``
      : html`<p>… and ${formatCounted(ungrouped, 'failure')} of other causes: ${options.hasTable ? 'the table has' : 'the report has'} them.</p>`;
  return html`<section aria-labelledby="failures">
<h2 id="failures">Failures</h2>
${groups.map((group, index) => groupDetails(group, index === 0, options))}${rest}
</section>
`;
}

function groupDetails(
  group: FailureGroup,
  isOpen: boolean,
  { results, hasTable }: FailureSectionOptions,
): Markup {
  const { code, http_status, host, count, samples } = group;
  // A body that was wrong came with a status that was good.
  const isStatus = code === 'http-status' && http_status !== null;
  const cause = isStatus ? `${code} ${http_status}` : code;
  const from = host === null ? html`` : html` from <b class="id">${host}</b>`;
  const filter = [
    isStatus ? `"${code}: ${http_status}"` : `${code}:`,
    ...(host === null ? [] : [`(${host})`]),
  ].join(' ');
  const more =
    count > samples.length
      ? html`<p>The first ${formatCount(samples.length)} of ${formatCount(count)}.${hasTable ? html` <button type="button" data-filter="${filter}">Show all in the table</button>` : html``}</p>`
      : html``;
  return html`<details class="card"${isOpen ? html` open` : html``}>
<summary><span class="count" data-failures="${count}">${formatCount(count)} ×</span> <b>${cause}</b>${from}</summary>
<ul class="failures">${samples.map((sample) => failureItem(sample, results))}</ul>${more}
</details>
`;
}

function failureItem(sample: FailureSample, results: string): Markup {
  const { store_id, image, images, url, message } = sample;
  const shown = showUrl(url);
  const position = `image ${formatCount(image + 1)} of ${formatCount(images)}`;
  // What reports leave out of a URL may be secret: then only the way to it is copied.
  const button =
    shown === url
      ? html`<button type="button" data-copy="${url}">Copy URL</button>`
      : html`<button type="button" data-copy="${urlCommand(sample, results)}" title="Parts of this URL are left out here. The command prints it whole from the results.">Copy command for the whole URL</button>`;
  return html`<li><div><b class="id">${store_id}</b> ${position}: ${message}</div><div class="failed-url"><code>${urlLink(url)}</code> ${button}</div></li>
`;
}
