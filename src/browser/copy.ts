/** Buttons that copy a text to the clipboard, and say that they did. */

const SAID_MS = 2000;

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  const label = button.textContent;
  button.addEventListener('click', async () => {
    const done = await copy(button.dataset.copy ?? '');
    say(button, label, done ? 'Copied' : 'Not copied');
  });
}

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

function say(button: HTMLButtonElement, label: string, text: string): void {
  const spoken = document.querySelector('#spoken');
  button.textContent = text;
  if (spoken) spoken.textContent = text;
  setTimeout(() => {
    button.textContent = label;
    if (spoken) spoken.textContent = '';
  }, SAID_MS);
}
