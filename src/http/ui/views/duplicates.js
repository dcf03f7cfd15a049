// Clauses that say the same in nearly the same words, in clusters.

import { address, get } from '../api.js';
import { fill, freshId, h, settled } from '../dom.js';
import { go } from '../main.js';
import { choices } from '../parts/choices.js';
import { exports } from '../parts/files.js';
import { pages } from '../parts/pages.js';
import { documentPicker } from '../parts/pick.js';
import { empty, eventually, failure } from '../parts/states.js';
import { define, percent, t } from '../words.js';
import { styles } from '../styles.js';
import { cluster } from './duplicates/cluster.js';
import { comparison } from './duplicates/comparison.js';

styles('duplicates');

define({
  zh: {
    'duplicates.title': '重复条款',
    'duplicates.lead': '把各篇文档里用字相近的条款归成组，每组推出一条作代表：依次看发文层级、效力、日期，再看与其余各条有多接近。',
    'duplicates.threshold': '相近程度',
    'duplicates.threshold.value': '措辞 {share} 以上相同',
    'duplicates.threshold.all': '措辞完全相同',
    'duplicates.threshold.help': '看两条之间相邻两字有多少重合，不计地名、数字和标点。同组任意两条都达到这个程度。',
    'duplicates.alike': '收哪些',
    'duplicates.alike.edited': '相同和改写',
    'duplicates.alike.verbatim': '只看相同',
    'duplicates.within': '范围',
    'duplicates.within.across': '不同文档之间',
    'duplicates.within.all': '也含同一文档内',
    'duplicates.size': '每组至少',
    'duplicates.document': '只看与某篇文档有关的组',
    'duplicates.settings': '设置',
    'duplicates.count': '{total} 组，共 {clauses} 条；每组只留一条，可省去 {spare} 条',
    'duplicates.none.title': '没有这样的重复条款',
    'duplicates.none': '把相近程度调低一些，或放宽范围。',
    'duplicates.list': '各组，条数多的在前',
    'duplicates.file': '重复条款',
  },
  en: {
    'duplicates.title': 'Duplicate clauses',
    'duplicates.lead':
      'Clauses of nearly the same wording are put together in groups, each with one that stands for it: by the level of its issuer, whether it is in force, its date, and how near it is to all others.',
    'duplicates.threshold': 'Likeness',
    'duplicates.threshold.value': '{share} of the wording alike, or more',
    'duplicates.threshold.all': 'all of the wording alike',
    'duplicates.threshold.help':
      'How many pairs of neighbouring characters two clauses share, place names, numbers and punctuation apart. Any two clauses of a group reach it.',
    'duplicates.alike': 'Show',
    'duplicates.alike.edited': 'verbatim and edited',
    'duplicates.alike.verbatim': 'verbatim only',
    'duplicates.within': 'Where',
    'duplicates.within.across': 'across documents',
    'duplicates.within.all': 'within one document, too',
    'duplicates.size': 'Clauses of a group',
    'duplicates.document': 'Only groups with a clause of this document',
    'duplicates.settings': 'Settings',
    'duplicates.count': '{total} groups of {clauses} clauses; with one left of each, {spare} could go',
    'duplicates.none.title': 'No such duplicates',
    'duplicates.none': 'Lower the likeness, or look within documents, too.',
    'duplicates.list': 'Groups, the largest first',
    'duplicates.file': 'duplicates',
  },
});

const USUAL = 0.8;
const LEAST = 0.6;
const PAGE = 20;
/** Members of a group that are shown before one asks for more. */
const FEW = 3;
const SIZES = [2, 3, 5, 10, 20];

export const heading = () => t('duplicates.title');

export async function show(root, url, signal) {
  const list = { state: stateOf(url), signal, outcome: h('div'), count: h('p.muted.count', { role: 'status' }), files: h('div') };
  const again = () => refresh(list);
  list.compared = comparison(again, signal);
  fill(
    root,
    h(
      'div.duplicates',
      {},
      h('div.head', {}, h('div', {}, h('h1', {}, t('duplicates.title')), h('p.lead', {}, t('duplicates.lead'))), list.files),
      list.compared.node,
      settings(list),
      list.count,
      list.outcome,
    ),
  );
  await eventually(list.outcome, signal, () => clusters(list, signal));
}

function stateOf(url) {
  const number = (name, usual) => {
    const value = Number(url.searchParams.get(name));
    return url.searchParams.has(name) && Number.isFinite(value) ? value : usual;
  };
  return {
    threshold: Math.min(1, Math.max(LEAST, number('threshold', USUAL))),
    verbatim: url.searchParams.get('relation') === 'verbatim',
    within: url.searchParams.get('within') === 'true',
    size: Math.max(2, Math.trunc(number('size', 2))),
    document: url.searchParams.get('document') ?? '',
    page: Math.max(1, Math.trunc(number('page', 1))),
  };
}

const addressOf = ({ threshold, verbatim, within, size, document, page }) =>
  address('/duplicates', {
    threshold: verbatim || threshold === USUAL ? null : threshold,
    relation: verbatim ? 'verbatim' : null,
    within,
    size: size > 2 ? size : null,
    document,
    page: page > 1 ? page : null,
  });

/** What the service is asked for. */
const parameters = ({ threshold, verbatim, within, size, document }) => ({
  threshold: verbatim ? null : threshold,
  relation: verbatim ? 'verbatim' : null,
  within,
  document,
  min_size: size,
});

function turn(list, what) {
  Object.assign(list.state, { page: 1, ...what });
  go(addressOf(list.state), { replace: !('page' in what), quiet: true });
  return refresh(list);
}

async function refresh(list) {
  if (list.signal.aborted) return;
  list.asked?.abort();
  const asked = new AbortController();
  list.asked = asked;
  list.signal.addEventListener('abort', () => asked.abort());
  list.outcome.setAttribute('aria-busy', 'true');
  try {
    const made = await clusters(list, asked.signal);
    if (!asked.signal.aborted) fill(list.outcome, made);
  } catch (error) {
    if (!asked.signal.aborted && error.name !== 'AbortError') fill(list.outcome, failure(error, () => refresh(list)));
  } finally {
    if (list.asked === asked) list.outcome.removeAttribute('aria-busy');
  }
}

function settings(list) {
  const box = h('section.card.settings-of', { 'aria-label': t('duplicates.settings') });
  // The choices are drawn anew with what is chosen; the slider stays, for one may hold it.
  const choose = (what) => {
    turn(list, what);
    draw(what);
  };
  const draw = (what = {}) => {
    const { verbatim, within, size } = list.state;
    const sizes = h(
      'label.row',
      {},
      h('span.muted', {}, t('duplicates.size')),
      h(
        'select',
        { name: 'size', onchange: (event) => choose({ size: Number(event.target.value) }) },
        [...new Set([...SIZES, size])].sort((a, b) => a - b).map((n) => h('option', { value: String(n), selected: n === size }, t('common.clauses', { n }))),
      ),
    );
    const alike = [false, true].map((value) => [value, t(`duplicates.alike.${value ? 'verbatim' : 'edited'}`)]);
    const where = [false, true].map((value) => [value, t(`duplicates.within.${value ? 'all' : 'across'}`)]);
    const held = box.contains(document.activeElement);
    fill(
      box,
      h(
        'div.row.wide',
        {},
        choices(t('duplicates.alike'), alike, verbatim, (value) => choose({ verbatim: value })),
        choices(t('duplicates.within'), where, within, (value) => choose({ within: value })),
        sizes,
      ),
      !verbatim && slider(list),
      picked(list, choose),
    );
    if (!held) return;
    const place = 'size' in what ? 'select' : 'document' in what ? '.of input, .of button' : `.choices:nth-child(${'verbatim' in what ? 1 : 2}) [aria-pressed=true]`;
    box.querySelector(place)?.focus();
  };
  draw();
  return box;
}

function slider(list) {
  const id = freshId('threshold');
  const words = (threshold) => (threshold >= 1 ? t('duplicates.threshold.all') : t('duplicates.threshold.value', { share: percent(threshold) }));
  const value = h('output', { for: id }, words(list.state.threshold));
  const look = settled(200, () => !list.signal.aborted && turn(list, { threshold: Number(input.value) }));
  const input = h('input', {
    id,
    type: 'range',
    min: LEAST,
    max: 1,
    step: 0.01,
    'aria-describedby': `${id}-help`,
    'aria-valuetext': words(list.state.threshold),
    oninput: () => {
      fill(value, words(Number(input.value)));
      input.setAttribute('aria-valuetext', value.textContent);
      look();
    },
  });
  // After the range: before it the browser would bring it into another.
  input.value = list.state.threshold;
  return h('div.threshold', {}, h('div.row', {}, h('label.muted', { for: id }, t('duplicates.threshold')), input, value), h('p.muted', { id: `${id}-help` }, t('duplicates.threshold.help')));
}

/** The one document that groups must have a clause of, or the box to choose it in. */
function picked(list, choose) {
  const { document } = list.state;
  if (!document) {
    return h('div.of', {}, documentPicker({ 'aria-label': t('duplicates.document'), placeholder: t('duplicates.document') }, (of) => choose({ document: of.document_id })));
  }
  const name = h('bdi', {}, document);
  get('/v1/documents', { documents: document, limit: 1 }, list.signal)
    .then(({ documents: [of] }) => of?.metadata.title && fill(name, of.metadata.title.slice(0, 80)))
    .catch(() => {});
  return h(
    'div.of.row',
    {},
    h('span.muted', {}, t('duplicates.document')),
    h('span.chip', {}, name, h('button.plain', { type: 'button', 'aria-label': t('pick.remove', { name: document }), onclick: () => choose({ document: '' }) }, '✕')),
  );
}

async function clusters(list, signal) {
  const { state } = list;
  const asked = parameters(state);
  const offset = (state.page - 1) * PAGE;
  const found = await get('/v1/clusters', { ...asked, offset, limit: PAGE, members: FEW }, signal);
  if (signal.aborted) return [];
  list.compared.state(found.state);
  const never = found.state.status === 'never';
  fill(list.count, never ? '' : t('duplicates.count', { total: found.total, clauses: found.clauses, spare: found.clauses - found.total }));
  fill(list.files, !never && found.total > 0 && exports(t('duplicates.file'), (query) => ({ path: address('/v1/clusters', { ...asked, limit: 1000, members: 1000, ...query }) })));
  if (never) return [];
  if (!found.total) return empty(t('duplicates.none.title'), h('p', {}, t('duplicates.none')));
  const more = (place) => async () => {
    const answer = await get('/v1/clusters', { ...asked, offset: offset + place, limit: 1, members: 1000 }, signal);
    return answer.clusters[0];
  };
  return [
    h('ol.clusters', { start: offset + 1, 'aria-label': t('duplicates.list') }, found.clusters.map((one, place) => cluster(one, more(place), signal))),
    turner(list, found),
  ];
}

const turner = (list, { total, clusters: { length } }) =>
  pages({ page: list.state.page, size: PAGE, shown: length, total }, async (page) => {
    await turn(list, { page });
    list.outcome.scrollIntoView({ block: 'start' });
  });
