import { offsetOf, tokenEnd } from './text-place.ts';

/** The form for a new job: a manifest is pasted, chosen or dropped. */

/** A larger one is sent as it is, and not shown. */
const MOST_SHOWN = 1_000_000;
/** A server tells no more problems. */
const MOST_TOLD = 20;

type Problem = { line: number; column: number; path: string; message: string };
type Refusal = { detail: string; hint?: string; problems?: Problem[] };

const details = document.querySelector<HTMLDetailsElement>('#new-job');
const form = document.querySelector<HTMLFormElement>('#submit-form');
const text = document.querySelector<HTMLTextAreaElement>('#manifest');
const picker = document.querySelector<HTMLInputElement>('#file');
const chosen = document.querySelector<HTMLElement>('#chosen');
const problems = document.querySelector<HTMLElement>('#problems');
/** What is sent in place of the text. */
let file: File | null = null;
/** The file that the text came from says what it is. */
let name = '';

async function take(given: File): Promise<void> {
  if (details) details.open = true;
  problems?.replaceChildren();
  name = given.name;
  file = given.size > MOST_SHOWN ? given : null;
  if (text) {
    text.value = file ? '' : await given.text();
    text.hidden = file !== null;
  }
  if (chosen) chosen.hidden = file === null;
  const label = chosen?.querySelector('span');
  if (label) label.textContent = `${name}, ${(given.size / 1e6).toFixed(1)} MB`;
  form?.querySelector('button')?.focus();
}

function forget(): void {
  file = null;
  name = '';
  if (picker) picker.value = '';
  if (chosen) chosen.hidden = true;
  if (text) text.hidden = false;
  text?.focus();
}

/** NDJSON by the file's name, or where a line is a whole value and another one follows. */
function typeOf(content: string): string {
  const ndjson = 'application/x-ndjson';
  if (/\.(ndjson|jsonl)$/i.test(name)) return ndjson;
  if (/\.json$/i.test(name)) return 'application/json';
  const [first = '', ...rest] = content.split('\n').filter((line) => line.trim() !== '');
  if (rest.length === 0) return 'application/json';
  try {
    JSON.parse(first);
    return ndjson;
  } catch {
    return 'application/json';
  }
}

async function submit(): Promise<void> {
  const content = text?.value ?? '';
  const button = form?.querySelector('button');
  if (button?.disabled) return;
  if (button) button.disabled = true;
  problems?.replaceChildren();
  try {
    const answer = await fetch('/api/v1/jobs', {
      method: 'POST',
      headers: { 'content-type': typeOf(content) },
      body: file ?? content,
    });
    const body = await answer.json();
    if (answer.ok) location.assign(`/jobs/${encodeURIComponent(body.job_id)}`);
    else refuse(body);
  } catch {
    refuse({ detail: 'The server can’t be reached, or the file can’t be read.' });
  }
  if (button) button.disabled = false;
}

function refuse({ detail, hint, problems: list = [] }: Refusal): void {
  const line = document.createElement('p');
  line.className = 'problem';
  line.textContent = list.length === 0 ? [detail, hint].filter(Boolean).join('. ') : headOf(list);
  const items = document.createElement('ol');
  items.append(...list.map(itemOf));
  problems?.replaceChildren(line, ...(list.length === 0 ? [] : [items]));
  problems?.focus();
}

function headOf({ length }: Problem[]): string {
  if (length === 1) return 'The manifest has a problem:';
  return length < MOST_TOLD
    ? `The manifest has ${length} problems:`
    : `The first ${length} problems of the manifest:`;
}

function itemOf(problem: Problem): HTMLElement {
  const item = document.createElement('li');
  const place = document.createElement(file ? 'span' : 'button');
  place.textContent = `line ${problem.line}, column ${problem.column}`;
  if (place instanceof HTMLButtonElement) {
    place.type = 'button';
    place.addEventListener('click', () => select(problem));
  }
  const path = document.createElement('code');
  path.textContent = problem.path;
  item.append(place, ' ', path, problem.path === '' ? '' : ' ', problem.message);
  return item;
}

/** Selects what is wrong, and brings it into sight. */
function select({ line, column }: Problem): void {
  if (!text) return;
  const begin = offsetOf(text.value, line, column);
  text.focus();
  text.setSelectionRange(begin, tokenEnd(text.value, begin));
  const height = text.scrollHeight / text.value.split('\n').length;
  text.scrollTop = Math.max(0, (line - 3) * height);
}

form?.addEventListener('submit', (event) => {
  event.preventDefault();
  void submit();
});
text?.addEventListener('input', () => {
  if (text.value === '') name = '';
});
picker?.addEventListener('change', () => {
  const [given] = picker.files ?? [];
  if (given) void take(given);
});
chosen?.querySelector('button')?.addEventListener('click', forget);
document.addEventListener('dragover', (event) => {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  document.body.classList.add('dropping');
});
for (const type of ['dragleave', 'drop']) {
  document.addEventListener(type, () => document.body.classList.remove('dropping'));
}
document.addEventListener('drop', (event) => {
  const [given] = event.dataTransfer?.files ?? [];
  if (!given) return;
  event.preventDefault();
  void take(given);
});
