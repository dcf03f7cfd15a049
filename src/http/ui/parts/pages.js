// Turning the pages of a long list.

import { h } from '../dom.js';
import { t } from '../words.js';

/**
 * Buttons to the page before and after, and what is shown: `page` from 1, `size` entries a page, `shown` of `total`
 * entries; `turned(page)` is called for another one. `null` when there is one page.
 */
export function pages({ page, size, shown, total }, turned) {
  const last = Math.ceil(total / size);
  if (last <= 1) return null;
  const before = (page - 1) * size;
  const button = (words, to, off) => h('button.second', { type: 'button', disabled: off, onclick: () => turned(to) }, words);
  return h(
    'nav.row.turn',
    { 'aria-label': t('pages.label') },
    button(t('pages.previous'), page - 1, page <= 1),
    h('span', {}, t('pages.range', { from: shown ? before + 1 : 0, to: shown ? before + shown : 0 })),
    button(t('pages.next'), page + 1, page >= last),
  );
}
