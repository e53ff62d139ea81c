/** Buttons that change a job: cancel, resume, retry. */

const problem = document.querySelector('#action-problem');

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element && target.closest('button[data-post]');
  if (button instanceof HTMLButtonElement && !button.hasAttribute('data-busy')) void post(button);
});

async function post(button: HTMLButtonElement): Promise<void> {
  const label = button.textContent;
  button.setAttribute('data-busy', '');
  button.setAttribute('aria-disabled', 'true');
  button.textContent = `${label} …`;
  if (problem) problem.textContent = await problemOf(button.dataset.post ?? '');
  button.textContent = label;
  button.removeAttribute('aria-disabled');
  button.removeAttribute('data-busy');
}

/** What went wrong; empty where nothing did. */
async function problemOf(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { method: 'POST' });
    if (answer.ok) return '';
    const { detail } = await answer.json();
    return String(detail);
  } catch {
    return 'The server can’t be reached.';
  }
}

// The button that was pressed may be gone now: another one has taken its place.
let wasInside = false;
document.addEventListener('focusin', ({ target }) => {
  wasInside = target instanceof Element && target.closest('#actions') !== null;
});
document.addEventListener('page-changed', () => {
  if (!wasInside || document.activeElement !== document.body) return;
  document.querySelector<HTMLElement>('#actions button')?.focus();
});
