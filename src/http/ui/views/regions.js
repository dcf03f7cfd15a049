// A measure in, who has it out: by region.

import { address, get, post } from '../api.js';
import { fill, h } from '../dom.js';
import { go } from '../main.js';
import { askBox } from '../parts/ask.js';
import { choices } from '../parts/choices.js';
import { path, source } from '../parts/clause.js';
import { chosenFacets, facetLists, FACETS, filterOf } from '../parts/facets.js';
import { exports } from '../parts/files.js';
import { empty, eventually } from '../parts/states.js';
import { tabs } from '../parts/tabs.js';
import { styles } from '../styles.js';
import { t } from '../words.js';
import { absentList } from './regions/absent.js';
import { areaKey, areaName } from './regions/areas.js';
import { absent, found, unknown } from './regions/detail.js';
import { map, provinceName } from './regions/map.js';
import { table } from './regions/table.js';
import { timeline } from './regions/timeline.js';
import { topic } from './regions/topic.js';
import './regions/words.js';

styles('regions');

const LEAST = ['30', '50', '80'];

/** The answer at hand and what it answers, so that another tab, language or theme does not ask again. */
let kept = { asked: null, answer: null };

export const heading = (url) => url.searchParams.get('q')?.trim().slice(0, 40) || t('regions.title');

export async function show(main, url, signal) {
  const root = h('div.view-regions');
  fill(main, root);
  const state = stateOf(url);
  const outcome = h('div.outcome');
  const mode = choices(t('regions.mode'), ['measure', 'topic'].map((name) => [name, t(`regions.mode.${name}`)]), state.mode, (name) =>
    go(addressOf({ ...state, mode: name, at: '' })),
  );
  fill(root, h('div.head', {}, h('h1', {}, t('regions.title')), mode));
  if (state.mode === 'topic') {
    root.append(outcome);
    await topic(outcome, state, { settings: () => settings(state, signal), addressOf, filter: filterOf(state) }, signal);
    return;
  }
  root.append(box(state), settings(state, signal), outcome);
  if (!state.q && !state.clause) {
    if (matchMedia('(hover: hover)').matches) root.querySelector('textarea').focus({ preventScroll: true });
    await eventually(outcome, signal, () => start(signal));
  } else {
    await eventually(outcome, signal, () => answered(state, signal));
  }
}

function stateOf(url) {
  const of = (name, otherwise = '') => url.searchParams.get(name) ?? otherwise;
  return {
    mode: of('mode', 'measure') === 'topic' ? 'topic' : 'measure',
    q: of('q').trim(),
    clause: of('clause'),
    by: of('by') === 'city' ? 'city' : 'province',
    least: LEAST.includes(of('least')) ? of('least') : '50',
    tab: of('tab', 'table'),
    at: of('at'),
    colour: of('colour', 'date'),
    outline: of('outline'),
    document: of('document'),
    cells: of('cells') === 'figure' ? 'figure' : 'date',
    columns: of('columns') === 'all' ? 'all' : 'some',
    ...chosenFacets(url),
  };
}

/** The address of a state; what is as it usually is is left out. */
function addressOf(state) {
  const measure = state.mode === 'measure';
  const unless = (value, usual) => (value === usual ? null : value);
  return address('/regions', {
    mode: measure ? null : 'topic',
    q: measure ? state.q : null,
    clause: measure && !state.q ? state.clause : null,
    outline: measure ? null : state.outline,
    document: measure || state.outline ? null : state.document,
    by: unless(state.by, 'province'),
    least: unless(state.least, '50'),
    tab: measure ? unless(state.tab, 'table') : null,
    colour: measure ? unless(state.colour, 'date') : null,
    cells: measure ? null : unless(state.cells, 'date'),
    columns: measure ? null : unless(state.columns, 'some'),
    at: state.at,
    ...Object.fromEntries(FACETS.map((facet) => [facet, state[facet]])),
  });
}

function box(state) {
  const words = { label: t('regions.label'), placeholder: t('regions.placeholder'), go: t('regions.go') };
  return askBox(state.q, words, (q) => go(addressOf({ ...state, q, at: '' })));
}

/** What is told apart, what counts as the same, and which documents are looked at. */
function settings(state, signal) {
  const change = (what) => go(addressOf({ ...state, at: '', ...what }), { replace: true });
  const some = FACETS.some((facet) => state[facet].length);
  const lists = h('div');
  const narrow = h('details.narrow', { open: some }, h('summary', {}, t(some ? 'regions.narrow.some' : 'regions.narrow')), lists);
  const fillLists = () =>
    eventually(lists, signal, async () => {
      const facets = await get('/v1/facets', {}, signal);
      return [
        facetLists(facets, state, (facet, values) => change({ [facet]: values })),
        some &&
          h(
            'button.plain',
            { type: 'button', onclick: () => change(Object.fromEntries(FACETS.map((facet) => [facet, []]))) },
            t('common.clear'),
          ),
      ];
    });
  if (some) fillLists();
  else narrow.addEventListener('toggle', fillLists, { once: true });
  return h(
    'div.bar',
    {},
    choices(t('regions.by'), ['province', 'city'].map((name) => [name, t(`regions.by.${name}`)]), state.by, (by) => change({ by })),
    choices(t('regions.least'), LEAST.map((name) => [name, t(`regions.least.${name}`)]), state.least, (least) => change({ least })),
    narrow,
  );
}

async function start(signal) {
  const { total } = await get('/v1/documents', { limit: 1 }, signal);
  if (!total) return empty(t('regions.library.empty'), h('a.button', { href: '/library' }, t('regions.library.add')));
  return empty(
    t('regions.start.title'),
    h('p', {}, t('regions.lead')),
    h('p', {}, t('regions.start')),
    h('ul.examples', {}, [1, 2, 3].map((i) => h('li', {}, h('a', { href: address('/regions', { q: t(`regions.example.${i}`) }) }, t(`regions.example.${i}`))))),
  );
}

const request = (state) => ({
  ...(state.q ? { query: state.q } : { clause_id: state.clause }),
  by: state.by,
  min_probability: Number(state.least) / 100,
  filter: filterOf(state),
});

async function answered(state, signal) {
  const content = request(state);
  const asked = JSON.stringify(content);
  if (kept.asked !== asked) {
    const [answer, clause] = await Promise.all([
      post('/v1/equivalents', content, signal),
      state.q ? null : get(`/v1/clauses/${encodeURIComponent(state.clause)}`, {}, signal),
    ]);
    kept = { asked, answer, clause };
  }
  const { answer, clause } = kept;
  return [clause && about(clause), ...outcome(state, answer, content, signal)];
}

/** The stored clause that was asked for. */
const about = (clause) =>
  h(
    'section.card.asked',
    { 'aria-label': t('regions.asked') },
    h('h2', {}, t('regions.asked')),
    source({ ...clause.document.metadata, document_id: clause.document.document_id, clause_id: clause.clause_id }),
    path(clause),
    h('p.text', {}, clause.text),
  );

function outcome(state, answer, content, signal) {
  const { rows, not_found: none, documents } = answer;
  const keep = (what) => {
    Object.assign(state, what);
    go(addressOf(state), { replace: true, quiet: true });
  };
  const first = rows.filter((row) => row.earliest);
  const names = first.slice(0, 3).map((row) => areaName(row.area, state.by)).join(t('common.and'));
  const counts = { documents, all: rows.length + none.length, found: rows.length, none: none.length };
  const summary = h(
    'p.summary',
    { role: 'status' },
    rows.length ? t('regions.summary', counts) : t('regions.summary.none', { documents }),
    ' ',
    answer.asked.earliest
      ? t('regions.summary.asked', { date: answer.asked.date })
      : first.length > 0 &&
          t(first.length > 3 ? 'regions.summary.first.several' : 'regions.summary.first', { name: names, n: first.length, date: first[0].since.date }),
  );
  const head = h(
    'div.head',
    {},
    summary,
    exports(t('regions.file'), (query) => ({ path: address('/v1/equivalents', query), content })),
  );
  const nothing = () => empty(t('regions.nothing'), h('p', {}, t('regions.nothing.help')));
  const some = (make) => () => (rows.length ? make() : nothing());
  const entries = [
    { name: 'table', words: t('regions.tab.table'), make: some(() => table(answer, state.by, signal)) },
    {
      name: 'timeline',
      words: t('regions.tab.timeline'),
      make: some(() => beside(state, answer, keep, signal, (choose) => timeline(answer, state.by, state.at, choose))),
    },
    {
      name: 'map',
      words: t('regions.tab.map'),
      make: () =>
        beside(state, answer, keep, signal, (choose) => map(answer, state.by, state.at, choose, state.colour, (colour) => keep({ colour }))),
    },
    { name: 'none', words: t('regions.tab.none', { n: none.length }), make: () => absentList(answer, state.by, signal) },
  ];
  return [head, h('p.muted', {}, t('regions.note')), tabs(t('regions.tabs'), entries, state.tab, (tab) => keep({ tab }))];
}

/** A drawing with the clause of the chosen area next to it. */
function beside(state, answer, keep, signal, make) {
  const panel = h('section.card.detail', { 'aria-label': t('regions.detail'), 'aria-live': 'polite' });
  const drawing = h('div');
  const put = (key) => fill(panel, shown(key, state.by, answer, signal) ?? h('p.muted', {}, t(drawing.querySelector('.tiles') ? 'regions.map.pick' : 'regions.timeline.open')));
  const choose = (key) => {
    for (const line of drawing.querySelectorAll('button.line')) line.setAttribute('aria-pressed', String(line.dataset.area === key));
    put(key);
    keep({ at: key });
    // On a narrow screen the clause stands below.
    if (matchMedia('(max-width: 899px)').matches) panel.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  };
  drawing.append(make(choose));
  put(state.at);
  return h('div.beside', {}, drawing, panel);
}

/** What there is of an area; of a province with all its cities, where cities are told apart. */
function shown(key, by, answer, signal) {
  if (!key) return null;
  const here = ({ area }) => areaKey(area) === key || (by === 'city' && area.province === key);
  const rows = answer.rows.filter(here);
  if (rows.length) return rows.map((row) => h('article', {}, found(row, by)));
  const none = answer.not_found.filter(here);
  if (none.length) return none.map((entry) => h('article', {}, absent(entry, by, signal)));
  return unknown(provinceName(key));
}
