/** Buttons that copy a text to the clipboard, and say that they did. */

const SAID_MS = 2000;

const said = new WeakSet<HTMLButtonElement>();

// Wherever one is: some come to the page later.
document.addEventListener('click', async ({ target }) => {
  const button = target instanceof Element && target.closest('button[data-copy]');
  if (!(button instanceof HTMLButtonElement)) return;
  const done = await copy(button.dataset.copy ?? '');
  say(button, done ? 'Copied' : 'Not copied');
});

async function copy(text: string): Promise<boolean> {
  try {
    // Not there where the page came over plain HTTP.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

/** The older way, for which the text must be selected somewhere. */
function copySelected(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

function say(button: HTMLButtonElement, text: string): void {
  const spoken = document.querySelector('#spoken');
  if (spoken) spoken.textContent = text;
  // What it says already is not its label.
  if (said.has(button)) return;
  said.add(button);
  const label = button.textContent;
  button.textContent = text;
  setTimeout(() => {
    said.delete(button);
    button.textContent = label;
    if (spoken) spoken.textContent = '';
  }, SAID_MS);
}
