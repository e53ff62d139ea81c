/** Shows the `data-tip` of what is under the pointer, beside the pointer. */

/** Pixels between the pointer and the text. */
const GAP = 14;

const tip = document.createElement('div');
tip.id = 'tip';
tip.hidden = true;
// What it says stands in the page as well, for who has no pointer.
tip.setAttribute('aria-hidden', 'true');
document.body.append(tip);

const hide = () => {
  tip.hidden = true;
};

function show({ target, clientX, clientY }: PointerEvent): void {
  const under = target instanceof Element ? target.closest('[data-tip]') : null;
  const text = under?.getAttribute('data-tip') ?? '';
  tip.hidden = text === '';
  if (text === '') return;
  if (tip.textContent !== text) tip.textContent = text;
  const { offsetWidth, offsetHeight } = tip;
  const { clientWidth, clientHeight } = document.documentElement;
  // On the other side of the pointer where there is no room for it.
  const right = clientX + GAP;
  const below = clientY + GAP;
  const left = right + offsetWidth < clientWidth ? right : clientX - GAP - offsetWidth;
  const top = below + offsetHeight < clientHeight ? below : clientY - GAP - offsetHeight;
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${Math.max(0, top)}px`;
}

document.addEventListener('pointermove', show);
// A finger may touch without moving; the next touch somewhere else hides it.
document.addEventListener('pointerdown', show);
document.addEventListener('pointerleave', hide);
document.addEventListener('scroll', hide, true);
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') hide();
});
