// Elements out of plain calls. Text only ever becomes text: nothing here, or anywhere in the page, parses markup.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element: `h('a.card.wide', { href, onclick, dataset: {…}, style: { width: '3em' } }, 'text', child, [more])`.
 * `null`, `undefined` and `false` are no attributes and no children; `true` is an attribute without a value.
 */
export function h(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split('.');
  return filled(document.createElement(tag || 'div'), classes, attributes, children);
}

/** The same for the elements of a drawing. */
export function s(selector, attributes = {}, ...children) {
  const [tag, ...classes] = selector.split('.');
  return filled(document.createElementNS(SVG, tag), classes, attributes, children);
}

function filled(element, classes, attributes, children) {
  if (classes.length) element.setAttribute('class', classes.join(' '));
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'dataset') Object.assign(element.dataset, value);
  // By property: the page's policy refuses the attribute.
  else if (name === 'style') for (const [property, v] of Object.entries(value)) element.style.setProperty(property, v);
  else if (name === 'class') element.setAttribute('class', [element.getAttribute('class'), value].filter(Boolean).join(' '));
  else if (name === 'value' || name === 'checked' || name === 'disabled' || name === 'selected') element[name] = value;
  else element.setAttribute(name, value === true ? '' : value);
}

/** Puts these children in the place of all others. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let ids = 0;

/** An id that no other element has. */
export const freshId = (prefix) => `${prefix}-${(ids += 1)}`;

/** A text by its characters as the service counts them (Unicode scalar values). */
export class Characters {
  constructor(text) {
    this.text = text;
    // Nearly no text has characters beyond the first plane, and then both counts are the same.
    this.list = /[\ud800-\udfff]/.test(text) ? Array.from(text) : null;
  }

  get length() {
    return this.list ? this.list.length : this.text.length;
  }

  slice(start, end) {
    return this.list ? this.list.slice(start, end).join('') : this.text.slice(start, end);
  }
}

/**
 * A text with parts of it marked. `marks` are `{ start, end, make }`, where `make` gives the element for a part's text;
 * of marks that overlap the earlier in the list wins.
 */
export function marked(text, marks) {
  const characters = new Characters(text);
  const owner = new Array(characters.length).fill(null);
  for (const mark of [...marks].reverse()) {
    for (let i = Math.max(0, mark.start); i < Math.min(mark.end, owner.length); i += 1) owner[i] = mark;
  }
  const parts = [];
  let start = 0;
  for (let i = 1; i <= owner.length; i += 1) {
    if (i < owner.length && owner[i] === owner[start]) continue;
    const part = characters.slice(start, i);
    parts.push(owner[start] ? owner[start].make(part, owner[start]) : part);
    start = i;
  }
  return parts;
}

/** Calls `work` once nobody has called for so many milliseconds. */
export function settled(milliseconds, work) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
}

/**
 * Puts many elements into the page without holding it up: so many at a time, the browser drawing in between.
 * `make(item, place)` gives the element of an item. Ends early when `signal` is aborted.
 */
export async function appended(parent, items, make, signal, atOnce = 40) {
  for (let i = 0; i < items.length; i += atOnce) {
    if (signal?.aborted) return;
    parent.append(...items.slice(i, i + atOnce).map((item, j) => make(item, i + j)));
    if (i + atOnce < items.length) await new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  }
}
