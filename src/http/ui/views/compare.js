// Two documents beside each other: which clauses answer each other, what changed, what only one of them has.

import { address, post } from '../api.js';
import { fill, h } from '../dom.js';
import { go } from '../main.js';
import { choices } from '../parts/choices.js';
import { relation } from '../parts/clause.js';
import { exports } from '../parts/files.js';
import { empty, eventually } from '../parts/states.js';
import { styles } from '../styles.js';
import { number, percent, t } from '../words.js';
import { changed, SHOWN } from './compare/clause.js';
import { chooser, sourceOf, swapTexts } from './compare/choose.js';
import { rowList } from './compare/rows.js';
import { sides } from './compare/sides.js';
import './compare/words.js';

styles('compare');

const RELATIONS = ['verbatim', 'edited', 'equivalent'];
/** Two columns of text and lines between them do not fit a narrower window. */
const WIDE = '(min-width: 900px)';

/** The outcome at hand and what it is of. */
let kept = { asked: null, answer: null };

export const heading = () => t('compare.title');

export async function show(main, url, signal) {
  const state = stateOf(url);
  const change = (what) => go(addressOf({ ...state, at: '', show: 'all', ...what }));
  const outcome = h('div.outcome');
  const choosers = ['left', 'right'].map((side) =>
    chooser(side, state[side], (value) => change({ [side]: value }), (id) => change({ right: id }), signal),
  );
  const swap = () => {
    swapTexts();
    change({ left: state.right, right: state.left });
  };
  const swapper = h('button.second.swap', { type: 'button', title: t('compare.swap'), 'aria-label': t('compare.swap'), onclick: swap }, '⇄');
  const root = h(
    'div.view-compare',
    {},
    h('div.head', {}, h('h1', {}, t('compare.title'))),
    h('div.choosers', {}, choosers[0], swapper, choosers[1]),
    outcome,
  );
  fill(main, root);
  const [left, right] = [sourceOf('left', state.left), sourceOf('right', state.right)];
  if (!left || !right) {
    fill(outcome, empty(t('compare.start'), h('p', {}, t('compare.lead'))));
    return;
  }
  const content = { left, right };
  await eventually(outcome, signal, async () => {
    const asked = JSON.stringify(content);
    if (kept.asked !== asked) {
      kept = { asked, answer: await post('/v1/compare', content, signal) };
    }
    return drawn(kept.answer, content, state, signal);
  }, t('compare.working'));
}

function stateOf(url) {
  const of = (name) => url.searchParams.get(name) ?? '';
  return {
    left: of('left'),
    right: of('right'),
    show: of('show') in SHOWN ? of('show') : 'all',
    view: ['sides', 'rows'].includes(of('view')) ? of('view') : '',
    at: /^\d+$/.test(of('at')) ? of('at') : '',
  };
}

const addressOf = ({ left, right, show: shown, view, at }) =>
  address('/compare', { left, right, show: shown === 'all' ? null : shown, view, at });

function drawn(answer, content, state, signal) {
  const keep = (what) => {
    Object.assign(state, what);
    go(addressOf(state), { replace: true, quiet: true });
  };
  const body = h('div.body');
  const walk = walker(answer, state, keep);
  const wide = matchMedia(WIDE);
  const redraw = () => {
    const view = !wide.matches ? 'rows' : state.view || 'sides';
    const shown = answer.rows.map((_, place) => place).filter((place) => SHOWN[state.show](answer.rows[place]));
    bar();
    if (!shown.length) {
      fill(body, empty(t('compare.none.title'), h('p', {}, t('compare.none'))));
      walk.over(shown, null);
      return;
    }
    const made = view === 'sides' ? sides(answer, shown, (place) => walk.stand(place), signal) : rowList(answer, shown, signal);
    fill(body, made.element);
    made.filled.catch(console.error);
    walk.over(shown, made.reach);
    // Once it stands in the page: what does not has no place to go to.
    const at = Number(state.at);
    if (state.at && shown.includes(at)) requestAnimationFrame(() => made.reach(at).catch(console.error));
  };
  const controls = h('div.controls');
  const bar = () => {
    const focused = document.activeElement?.closest('.controls') && document.activeElement.dataset.show;
    fill(controls, filters(answer, state, (shown) => {
      keep({ show: shown, at: '' });
      redraw();
    }), wide.matches && choices(t('compare.view'), ['sides', 'rows'].map((name) => [name, t(`compare.view.${name}`)]), state.view || 'sides', (view) => {
      keep({ view: view === 'sides' ? '' : view });
      redraw();
      controls.querySelector('.choices:last-of-type [aria-pressed="true"]')?.focus();
    }), walk.element);
    if (focused) controls.querySelector(`[data-show="${focused}"]`)?.focus();
  };
  wide.addEventListener('change', redraw, { signal });
  body.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea')) return;
    const step = { n: 1, p: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    walk.by(step);
  });
  const jump = (place) => {
    if (!SHOWN[state.show](answer.rows[place])) keep({ show: 'all' });
    keep({ at: String(place) });
    redraw();
    body.scrollIntoView({ block: 'nearest' });
  };
  redraw();
  return [summary(answer, content, jump), controls, legend(), body];
}

/** Goes from change to change among the rows that are shown. */
function walker(answer, state, keep) {
  let changes = [];
  let reach = null;
  const place = h('span.muted', { role: 'status' });
  const say = () => {
    const n = changes.indexOf(Number(state.at)) + 1;
    fill(place, state.at && n ? t('compare.place', { n, of: changes.length }) : t('compare.places', { of: changes.length }));
    for (const button of buttons) button.disabled = !changes.length;
  };
  const stand = (at) => {
    keep({ at: String(at) });
    say();
  };
  const by = (step) => {
    if (!changes.length) return;
    const at = state.at === '' ? null : Number(state.at);
    const after = changes.findIndex((change) => change > at);
    const before = changes.findLastIndex((change) => change < at);
    const first = step > 0 ? 0 : changes.length - 1;
    const next = at === null ? first : step > 0 ? after : before;
    const to = changes[next < 0 ? first : next];
    stand(to);
    reach?.(to).catch(console.error);
  };
  const buttons = [-1, 1].map((step) =>
    h('button.second', { type: 'button', onclick: () => by(step) }, t(step < 0 ? 'compare.previous' : 'compare.next')),
  );
  return {
    element: h('div.row.walk', {}, buttons, place),
    by,
    stand,
    over: (shown, reached) => {
      changes = shown.filter((i) => changed(answer.rows[i]));
      reach = reached;
      say();
    },
  };
}

/** What can be shown, with how many rows each has. */
function filters(answer, state, chosen) {
  const names = Object.keys(SHOWN).map((name) => [name, answer.rows.filter(SHOWN[name]).length]);
  const some = names.filter(([name, n]) => n > 0 || ['all', 'changed', 'only', state.show].includes(name));
  return h(
    'div.choices',
    { role: 'group', 'aria-label': t('compare.show') },
    h('span.muted', { 'aria-hidden': 'true' }, t('compare.show')),
    some.map(([name, n]) =>
      h(
        'button.plain',
        { type: 'button', dataset: { show: name }, 'aria-pressed': String(name === state.show), onclick: () => name !== state.show && chosen(name) },
        t(`compare.show.${name}`),
        h('span.count', {}, ` ${number(n)}`),
      ),
    ),
  );
}

const legend = () =>
  h('p.muted.legend', {}, t('compare.keys'), RELATIONS.map((name) => [' ', relation(name)]), ' ', h('span.moved', {}, t('compare.moved')));

function summary(answer, content, jump) {
  const { summary: of } = answer;
  const side = (name) => {
    const { clauses, verbatim, edited, equivalent, only, only_characters: characters } = of[name];
    const words = { side: t(`compare.side.${name}`), clauses, verbatim, edited, equivalent, only, characters: percent(characters) };
    const shares = [...RELATIONS, 'only'].map((kind) =>
      h(`span.share.${kind}`, { style: { 'flex-grow': String(of[name][kind]) }, hidden: !of[name][kind] }),
    );
    return [
      h('p', {}, t('compare.summary.side', words)),
      h('div.shares', { role: 'img', 'aria-label': t('compare.bar', words) }, shares),
    ];
  };
  const same = content.left.document_id && content.left.document_id === content.right.document_id;
  return h(
    'section.summary',
    { 'aria-label': t('compare.summary') },
    h(
      'div.head',
      {},
      h('h2', {}, t('compare.summary')),
      exports(t('compare.name'), (query) => ({ path: address('/v1/compare', query), content })),
    ),
    same && h('p.warn', {}, t('compare.same')),
    h('div.figures', { role: 'status' }, side('left'), side('right')),
    h('p', {}, t('compare.summary.clauses', of), ' ', t('compare.summary.articles', { renumbered: of.renumbered_articles, moved: of.moved_articles })),
    articles(answer, jump),
  );
}

/** Articles that have another number or another place, each leading to its first clause. */
function articles(answer, jump) {
  const list = answer.articles.filter((pair) => pair.change !== 'kept' && (pair.left.label || pair.right.label));
  if (!list.length) return null;
  const first = (pair) =>
    answer.rows.findIndex(
      (row) =>
        row.kind === 'aligned' &&
        row.left.some((clause) => clause.label.startsWith(pair.left.label) && String(clause.path) === String(pair.left.path)) &&
        row.right.some((clause) => clause.label.startsWith(pair.right.label) && String(clause.path) === String(pair.right.path)),
    );
  const name = (article) => [article.label, article.title].filter(Boolean).join(' ');
  const head = (key) => h('th', { scope: 'col' }, t(`compare.articles.${key}`));
  const line = (pair) => {
    const place = first(pair);
    const words = `${name(pair.left)} → ${name(pair.right)}`;
    return h(
      'tr',
      {},
      h('td', {}, place < 0 ? words : h('button.plain', { type: 'button', onclick: () => jump(place) }, words)),
      h('td', {}, t(`compare.change.${pair.change}`)),
      h('td', {}, `${percent(pair.left_share)} · ${percent(pair.right_share)}`),
    );
  };
  const body = h('tbody');
  const details = h(
    'details',
    {},
    h('summary', {}, t('compare.articles', { n: list.length })),
    h('p.muted', {}, t('compare.articles.share.help')),
    h(
      'div.scroll.articles',
      { tabindex: '0', role: 'region', 'aria-label': t('compare.articles', { n: list.length }) },
      h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, `${t('compare.articles.left')} → ${t('compare.articles.right')}`), head('change'), head('share'))), body),
    ),
  );
  details.addEventListener('toggle', () => fill(body, list.map(line)), { once: true });
  return details;
}
