/**
 * Makes an element as markup says, and leaves alone what is the same already:
 * focus, selection, scrolling and what is unfolded stay as they are.
 */
export function patch(element: Element, markup: string): void {
  const template = document.createElement('template');
  template.innerHTML = markup;
  const wanted = template.content.firstElementChild;
  if (wanted) patchElement(element, wanted);
}

/** What a reader or a script has set: no part of the markup. */
const KEPT = new Set(['open', 'style', 'width', 'height']);

function patchElement(element: Element, wanted: Element): void {
  // A script has something to do with it just now.
  if (element.hasAttribute('data-busy')) return;
  for (const name of element.getAttributeNames()) {
    if (!wanted.hasAttribute(name) && !KEPT.has(name)) element.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (name !== 'open' && element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  patchChildren(element, wanted);
}

function patchChildren(parent: Element, wanted: Element): void {
  const ids = new Set(Array.from(wanted.children, ({ id }) => id));
  for (const child of [...parent.children]) {
    if (child.id !== '' && !ids.has(child.id)) child.remove();
  }
  let place = parent.firstChild;
  for (const want of [...wanted.childNodes]) {
    const same = sameChild(parent, place, want);
    if (!same) {
      parent.insertBefore(document.importNode(want, true), place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else parent.insertBefore(same, place);
    if (same instanceof Element && want instanceof Element) patchElement(same, want);
    else if (same.nodeValue !== want.nodeValue) same.nodeValue = want.nodeValue;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** What stands for the same thing: by its id, or by its kind at its place. */
function sameChild(parent: Element, place: ChildNode | null, want: Node): ChildNode | null {
  if (want instanceof Element && want.id !== '') {
    return [...parent.children].find(({ id }) => id === want.id) ?? null;
  }
  const isKeyed = place instanceof Element && place.id !== '';
  return place && !isKeyed && place.nodeName === want.nodeName ? place : null;
}
