/** Buttons that copy a text to the clipboard, and say that they did. */

const SAID_MS = 2000;

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  button.addEventListener('click', async () => {
    const done = await copy(button.dataset.copy ?? '');
    say(button, done ? 'Copied' : 'Not copied');
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
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

function say(button: HTMLButtonElement, text: string): void {
  const before = button.textContent;
  const spoken = document.querySelector('#spoken');
  if (before === text) return;
  button.textContent = text;
  if (spoken) spoken.textContent = text;
  setTimeout(() => {
    button.textContent = before;
    if (spoken) spoken.textContent = '';
  }, SAID_MS);
}
