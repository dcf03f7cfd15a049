// The outcome row by row: what answers each other stands beside each other, on a narrow screen below each other.

import { appended, h } from '../../dom.js';
import { t } from '../../words.js';
import { clauses } from './clause.js';

/**
 * `shown` are the places of the rows to show. Gives the element and `reach(place)`, which brings a row into view, and
 * `filled`, done once all rows stand.
 */
export function rowList(answer, shown, signal) {
  const list = h('ol.rows');
  const items = new Map();
  const side = (row, name) =>
    h(
      'div.side',
      {},
      row[name].length > 0 && h('span.hidden', {}, `${t(`compare.side.${name}`)} `),
      clauses(row, name, answer[name].document_id, null),
    );
  const filled = appended(
    list,
    shown,
    (place) => {
      const row = answer.rows[place];
      const change = row.kind === 'aligned' ? row.relation : row.kind;
      const item = h('li.row-pair', { class: change }, side(row, 'left'), side(row, 'right'));
      items.set(place, item);
      return item;
    },
    signal,
  );
  const reach = async (place) => {
    if (!items.has(place)) await filled;
    for (const item of list.querySelectorAll('.current')) item.classList.remove('current');
    const item = items.get(place);
    item?.classList.add('current');
    item?.scrollIntoView({ block: 'center' });
    // Rows on the way get their real heights only when they come into view, and then it stands elsewhere.
    requestAnimationFrame(() => item?.scrollIntoView({ block: 'center' }));
  };
  const element = h('div', { role: 'group', tabindex: '0', 'aria-label': t('compare.view.rows') }, list);
  return { element, reach, filled };
}
