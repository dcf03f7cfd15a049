// Regions that have documents, but not the measure.

import { appended, fill, h } from '../../dom.js';
import { documentAddress, ordinalOf, probability } from '../../parts/clause.js';
import { empty } from '../../parts/states.js';
import { number, t } from '../../words.js';
import { areaName } from './areas.js';
import { nearest } from './detail.js';

export function absentList(answer, by, signal) {
  if (!answer.not_found.length) return empty(t('regions.none.empty'));
  // The likeliest first: they are the ones worth a look.
  const list = [...answer.not_found].sort((a, b) => (b.nearest_probability ?? -1) - (a.nearest_probability ?? -1));
  const body = h('tbody');
  appended(body, list, (entry) => line(entry, by, signal), signal, 40).catch(console.error);
  const head = (words, kind = '') => h(`th${kind}`, { scope: 'col' }, words);
  return [
    h('p.lead', {}, t('regions.none.help')),
    h(
      'div.scroll',
      { tabindex: '0', role: 'region', 'aria-label': t('regions.none') },
      h(
        'table.absent-list',
        {},
        h('caption.hidden', {}, t('regions.none')),
        h(
          'thead',
          {},
          h('tr', {}, head(t('regions.head.area')), head(t('regions.head.documents'), '.count'), head(t('regions.head.clauses'), '.count'), head(t('regions.head.nearest'))),
        ),
        body,
      ),
    ),
  ];
}

function line(entry, by, signal) {
  const place = h('div');
  const id = entry.nearest_clause_id;
  const open = h(
    'button.plain',
    {
      type: 'button',
      'aria-expanded': 'false',
      onclick: () => {
        const opened = open.getAttribute('aria-expanded') === 'true';
        open.setAttribute('aria-expanded', String(!opened));
        fill(place, opened ? null : nearest(entry, signal, false));
      },
    },
    t('regions.nearest.open'),
  );
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, areaName(entry.area, by)),
    h('td.count', {}, number(entry.documents)),
    h('td.count', {}, number(entry.clauses)),
    h(
      'td',
      {},
      id
        ? h('div.row', {}, probability(entry.nearest_probability), h('a', { href: documentAddress(id.slice(0, id.lastIndexOf(':')), ordinalOf(id)) }, t('citation.open')), open)
        : t('regions.detail.formulas'),
      place,
    ),
  );
}
