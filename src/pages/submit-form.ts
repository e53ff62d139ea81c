import { html, type Markup } from '../html/markup.ts';

const EXAMPLE = '{"stores": [{"store_id": "S1", "images": ["https://img.example/a.jpg"]}]}';

/** Where a manifest is pasted or dropped; what is wrong with it is shown below. */
export function submitForm({ isOpen }: { isOpen: boolean }): Markup {
  return html`<details class="card" id="new-job"${isOpen ? html` open` : html``}>
<summary><b>New job</b> <span class="muted">paste a manifest, or drop a file anywhere on this page</span></summary>
<noscript><p>This form needs JavaScript; <code>curl --data-binary @manifest.json</code> to <code>/api/v1/jobs</code> does the same.</p></noscript>
<form id="submit-form">
<label for="manifest">Manifest: JSON, NDJSON, CSV, TSV or a list of URLs</label>
<textarea id="manifest" rows="10" spellcheck="false" autocomplete="off" placeholder="${EXAMPLE}" aria-describedby="problems"></textarea>
<p id="chosen" hidden><span></span> <button type="button">Paste one instead</button></p>
<div class="actions"><button class="primary">Submit</button>
<label>or a file <input id="file" type="file" accept=".json,.ndjson,.jsonl,.csv,.tsv,.txt,application/json"></label></div>
</form>
<div id="problems" role="alert" tabindex="-1"></div>
</details>
`;
}
