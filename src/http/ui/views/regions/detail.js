// The clause of the region that was chosen, and what comes nearest where there is none.

import { get } from '../../api.js';
import { h, marked } from '../../dom.js';
import { actions, path, probability, relation, source } from '../../parts/clause.js';
import { eventually } from '../../parts/states.js';
import { t } from '../../words.js';
import { areaName, dated, documentsWith, earliestBadge } from './areas.js';

/** The text of a hit with the words marked that answer the asked ones. */
export const wording = (hit) =>
  marked(hit.text, (hit.highlights ?? []).map((highlight) => ({ ...highlight.text, make: (part) => h('mark', {}, part) })));

/** Figures and deadlines of a clause, as written. */
const values = (list) => list?.length > 0 && h('p.muted', {}, list.map((value) => value.text).join(t('common.and')));

/** A region that has it. */
export const found = (row, by) => [
  h(
    'h2',
    {},
    areaName(row.area, by),
    ' ',
    h('small', {}, row.since ? dated(row.since.date, row.since.date_kind) : t('date.none')),
    row.earliest && [' ', earliestBadge()],
  ),
  h('div.row', {}, relation(row.hit.relation), probability(row.hit.probability), h('span.muted', {}, documentsWith(row))),
  h('p.text', {}, wording(row.hit)),
  values(row.values),
  source(row.hit),
  path(row.hit),
  actions(row.hit),
];

/** A region that has documents, but not the measure. */
export function absent(entry, by, signal) {
  return [
    h('h2', {}, areaName(entry.area, by)),
    h('p', {}, t('regions.detail.none', { n: entry.documents, clauses: entry.clauses })),
    nearest(entry, signal),
  ];
}

/** The clause that comes nearest, read when it is asked for; without its probability where that stands already. */
export function nearest(entry, signal, alone = true) {
  if (!entry.nearest_clause_id) return h('p.muted', {}, t('regions.detail.formulas'));
  const root = h('div.nearest');
  eventually(root, signal, async () => {
    const clause = await get(`/v1/clauses/${encodeURIComponent(entry.nearest_clause_id)}`, {}, signal);
    const of = { ...clause.document.metadata, document_id: clause.document.document_id, document_title: clause.document.metadata.title };
    const cited = { ...of, clause_id: clause.clause_id, label: clause.label, path: clause.path, text: clause.text };
    return [
      alone && h('p.row', {}, h('span.muted', {}, t('regions.detail.nearest')), probability(entry.nearest_probability)),
      h('p.text', {}, clause.text),
      source(cited),
      path(cited),
      actions(cited),
    ];
  });
  return root;
}

/** A province of which nothing is here. */
export const unknown = (name) => [h('h2', {}, name), h('p', {}, t('regions.detail.absent'))];
