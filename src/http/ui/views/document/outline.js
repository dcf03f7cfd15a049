// The outline beside a text: where one is, and where one can go.

import { h } from '../../dom.js';
import { t } from '../../words.js';

/**
 * The outline of parts with their ranks; `chosen(place)` is called for the part that was asked for. Articles without a
 * title stand side by side, for a law has hundreds.
 */
export function outline(parts, ranked, chosen) {
  const links = new Map();
  const list = h('ol.entries');
  let numbers = null;
  parts.forEach(({ entry }, place) => {
    if (!entry) return;
    const link = h('button.entry', { type: 'button', onclick: () => chosen(place) }, [entry.label, entry.title].filter(Boolean).join(' '));
    links.set(place, link);
    const rank = String(Math.min(ranked[place] - (entry.heading ? 1 : 0), 5));
    if (entry.heading || entry.title) {
      numbers = null;
      list.append(h('li', { class: entry.heading ? 'heading' : 'titled', dataset: { rank } }, link));
    } else {
      if (!numbers) {
        numbers = h('li.numbers', { dataset: { rank } });
        list.append(numbers);
      }
      numbers.append(link);
    }
  });
  if (!links.size) return { node: null, follow() {} };
  const node = h(
    'nav.outline',
    { 'aria-label': t('document.outline') },
    h('details', { open: matchMedia('(min-width: 900px)').matches }, h('summary', {}, t('document.outline')), list),
  );

  /** Marks the entry of the part that is read: the first one below the head of the page. */
  const follow = (sections, signal) => {
    const near = new Set();
    let marked = null;
    const look = (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) near.add(target);
        else near.delete(target);
      }
      // Where none is near one is above the text, or below it.
      let place = sections.findIndex((section) => near.has(section));
      while (place > 0 && !links.has(place)) place -= 1;
      const link = links.get(place);
      if (link === marked) return;
      marked?.removeAttribute('aria-current');
      marked = link ?? null;
      marked?.setAttribute('aria-current', 'location');
      if (marked) into(list, marked);
    };
    const observer = new IntersectionObserver(look, { rootMargin: '-80px 0px -60% 0px' });
    sections.forEach((section) => observer.observe(section));
    signal.addEventListener('abort', () => observer.disconnect());
  };
  return { node, follow };
}

/** Scrolls the list, and it alone, until an entry is in view. */
function into(list, entry) {
  const [outer, inner] = [list.getBoundingClientRect(), entry.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top + 40;
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 40;
}
