// Who has it, since when, in which words, with which figures: a row a region.

import { appended, fill, h } from '../../dom.js';
import { copyButton, documentAddress, ordinalOf, place, probability, relation } from '../../parts/clause.js';
import { t } from '../../words.js';
import { areaName, columnName, dated, documentsWith, earliestBadge } from './areas.js';
import { wording } from './detail.js';

/** How many columns of figures there are at first, at most: those that most regions have. */
const FEW = 4;

export function table(answer, by, signal) {
  const all = answer.columns.map((column, place) => ({ column, place, n: column.values.filter(Boolean).length }));
  const shared = all.filter(({ column, n }) => n > 1 || column.asked || answer.rows.length === 1);
  const few = [...shared].sort((a, b) => b.n - a.n).slice(0, FEW).sort((a, b) => a.place - b.place);
  const root = h('div');
  const draw = (columns) => {
    const more = all.length > few.length;
    const toggle =
      more &&
      h(
        'button.plain',
        { type: 'button', onclick: () => draw(columns === all ? few : all) },
        columns === all ? t('regions.columns.few') : t('regions.columns.all', { n: all.length }),
      );
    if (toggle && root.hasChildNodes()) requestAnimationFrame(() => toggle.focus());
    fill(root, toggle, drawn(answer, by, columns, signal));
  };
  draw(few);
  return root;
}

// Roles are named although they are those of the elements: on a narrow screen the rows are laid out as blocks, and then
// browsers forget them.
function drawn(answer, by, columns, signal) {
  const head = (words, kind = '') => h(`th${kind}`, { scope: 'col', role: 'columnheader' }, words);
  const body = h('tbody', { role: 'rowgroup' });
  const responsible = answer.rows.some((row) => row.responsible.length);
  if (columns.some(({ column }) => column.asked)) body.append(askedRow(answer, columns, responsible));
  appended(body, answer.rows, (row, place) => region(row, place, by, columns, responsible), signal, 20).catch(console.error);
  return h(
    'div.scroll',
    { tabindex: '0', role: 'region', 'aria-label': t('regions.table') },
    h(
      'table.regions',
      { role: 'table' },
      h('caption.hidden', {}, t('regions.table')),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          head(t('regions.head.area')),
          head(t('regions.head.since')),
          head(t('regions.head.clause')),
          responsible && head(t('regions.head.responsible')),
          columns.map(({ column }) => head(columnName(column), '.figure')),
          head(t('regions.head.likeness')),
        ),
      ),
      body,
    ),
  );
}

const cell = (label, kind, ...children) => h(`td${kind}`, { role: 'cell', dataset: { label } }, children);

const value = (column, of) => cell(columnName(column), `.figure${of ? '' : '.blank'}`, of ? of.text : h('span.absent', {}, '–'));

function askedRow(answer, columns, responsible) {
  const { asked } = answer;
  return h(
    'tr.asked-row',
    { role: 'row' },
    h('th', { scope: 'row', role: 'rowheader' }, t('regions.asked')),
    cell(t('regions.head.since'), '', asked.date ? dated(asked.date, asked.date_kind) : null, asked.earliest && earliestBadge()),
    cell(t('regions.head.clause'), '', h('p.text', {}, asked.text)),
    responsible && cell(t('regions.head.responsible'), '.blank'),
    columns.map(({ column }) => value(column, column.asked)),
    cell(t('regions.head.likeness'), '.blank'),
  );
}

function region(row, place_, by, columns, responsible) {
  const { hit, since } = row;
  const other = since && since.clause_id !== hit.clause_id;
  const link = (id, clause, words) => h('a', { href: documentAddress(id, ordinalOf(clause)) }, words);
  return h(
    'tr',
    { role: 'row' },
    h('th', { scope: 'row', role: 'rowheader' }, h('span.name', {}, areaName(row.area, by)), h('small', {}, documentsWith(row))),
    cell(
      t('regions.head.since'),
      '.since',
      since ? h('span', {}, dated(since.date, since.date_kind)) : h('span.absent', {}, t('date.none')),
      row.earliest && earliestBadge(),
      other && h('small', {}, link(since.document_id, since.clause_id, t('regions.since.other')), h('span', {}, ` ${since.document_title ?? since.document_id}`)),
    ),
    cell(
      t('regions.head.clause'),
      '.clause',
      h('p.text', {}, wording(hit)),
      h(
        'p.source',
        {},
        link(hit.document_id, hit.clause_id, hit.document_title ?? hit.document_id),
        [by === 'province' && hit.region?.city ? place(hit) : null, hit.document_number, row.date && dated(row.date, row.date_kind), hit.label]
          .filter(Boolean)
          .map((detail) => h('span', {}, detail)),
        copyButton(hit),
      ),
    ),
    responsible &&
      cell(t('regions.head.responsible'), row.responsible.length ? '' : '.blank', row.responsible.join(t('common.and')) || h('span.absent', {}, '–')),
    columns.map(({ column }) => value(column, column.values[place_])),
    cell(t('regions.head.likeness'), '.likeness', relation(hit.relation), probability(hit.probability)),
  );
}
