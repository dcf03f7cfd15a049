// Measures by regions, and the clause of the cell that was chosen.

import { appended, fill, h } from '../../dom.js';
import { actions, probability, relation, source } from '../../parts/clause.js';
import { empty } from '../../parts/states.js';
import { named, t } from '../../words.js';
import { areaKey, areaName, dated, earliestBadge } from './areas.js';

const RELATIONS = ['verbatim', 'edited', 'equivalent', 'related'];

/** `state.at` is the chosen cell, `2.山东`: the measure's place and the region's key; `keep` remembers another one. */
export function matrix(answer, state, keep) {
  const places = answer.regions.map((_, i) => i).filter((i) => state.columns === 'all' || answer.regions[i].found > 0);
  if (!places.length) return empty(t('topic.none'));
  const panel = h('section.card.detail', { 'aria-label': t('regions.detail'), 'aria-live': 'polite' }, h('p.muted', {}, t('topic.pick')));
  const body = h('tbody');
  const n = answer.measures.length;
  const table = h(
    'table.matrix',
    { role: 'grid', 'aria-label': t('topic.table') },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, t('topic.measure')),
        places.map((i) => {
          const region = answer.regions[i];
          return h('th', { scope: 'col' }, h('span.name', {}, areaName(region.area, state.by)), h('small', {}, t('topic.found', { n: region.found, of: n })));
        }),
      ),
    ),
    body,
  );
  const open = (measure, i) => {
    fill(panel, clause(answer, measure, i, state.by));
    keep({ at: `${measure}.${areaKey(answer.regions[i].area)}` });
    panel.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };
  const line = (row, measure) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('span.number', {}, String(measure + 1)), ' ', answer.measures[measure].text),
      places.map((i) => h('td', {}, cell(row[i], measure, i))),
    );
  const cell = (of, measure, i) => {
    const name = areaName(answer.regions[i].area, state.by);
    if (!of) return h('span.blank', {}, h('span', { 'aria-hidden': 'true' }, '·'), h('span.hidden', {}, t('topic.cell.none')));
    const first = of.values.find((value) => value.meaning?.figure) ?? of.values[0];
    const what = state.cells === 'figure' ? (first?.text ?? '–') : (of.since?.date ?? t('date.none'));
    const key = `${measure}.${areaKey(answer.regions[i].area)}`;
    return h(
      `button.cell.relation.${of.relation}`,
      {
        type: 'button',
        tabindex: '-1',
        'aria-label': t('topic.cell', { name, relation: named('relation', of.relation), what }),
        'aria-pressed': String(key === state.at),
        dataset: { at: key, measure, column: i },
        title: of.document_title ?? of.document_id,
        onclick: (event) => {
          for (const other of table.querySelectorAll('button.cell[aria-pressed=true]')) other.setAttribute('aria-pressed', 'false');
          event.currentTarget.setAttribute('aria-pressed', 'true');
          reach(event.currentTarget);
          open(measure, i);
        },
      },
      h('span', {}, state.cells === 'figure' ? what : (of.since?.date.slice(0, 4) ?? '–')),
    );
  };
  // One stop for the tab key; arrow keys go on from there.
  const reach = (to) => {
    for (const button of table.querySelectorAll('button.cell[tabindex="0"]')) button.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };
  table.addEventListener('keydown', (event) => {
    const from = event.target.closest('button.cell');
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!from || !step) return;
    event.preventDefault();
    const next = beyond(answer, places, Number(from.dataset.measure), places.indexOf(Number(from.dataset.column)), step);
    if (next) reach(table.querySelector(`button.cell[data-measure="${next[0]}"][data-column="${next[1]}"]`));
  });
  const ready = appended(body, answer.cells, line, null, 12).then(() => {
    const chosen = [...table.querySelectorAll('button.cell')].find((button) => button.dataset.at === state.at);
    const stop = chosen ?? table.querySelector('button.cell');
    if (stop) stop.tabIndex = 0;
    if (chosen) fill(panel, clause(answer, Number(chosen.dataset.measure), Number(chosen.dataset.column), state.by));
  });
  ready.catch(console.error);
  return [
    h('p.muted', {}, t('topic.help'), RELATIONS.map((name) => [' ', relation(name)])),
    h('div.scroll.matrix-scroll', { tabindex: '0', role: 'region', 'aria-label': t('topic.table') }, table),
    panel,
  ];
}

/** The next cell in a direction that has something: measure and region. */
function beyond(answer, places, measure, column, [down, right]) {
  for (let m = measure + down, c = column + right; answer.cells[m] && places[c] !== undefined; m += down, c += right) {
    if (answer.cells[m][places[c]]) return [m, places[c]];
  }
  return null;
}

function clause(answer, measure, i, by) {
  const of = answer.cells[measure]?.[i];
  if (!of) return h('p.muted', {}, t('topic.pick'));
  const { area } = answer.regions[i];
  const region = area.province || area.city ? { province: area.province, city: area.city } : null;
  const cited = { ...of, region, level: area.kind === 'national' ? 'national' : undefined };
  return [
    h(
      'h2',
      {},
      areaName(area, by),
      ' ',
      h('small', {}, of.since ? dated(of.since.date, of.since.date_kind) : t('date.none')),
      of.earliest && [' ', earliestBadge()],
    ),
    h('p.muted', {}, answer.measures[measure].text),
    h('div.row', {}, relation(of.relation), probability(of.probability)),
    h('p.text', {}, of.text),
    of.values.length > 0 && h('p.muted', {}, of.values.map((value) => value.text).join(t('common.and'))),
    source(cited),
    actions(cited),
  ];
}
