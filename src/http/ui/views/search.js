// Text in, clauses of stored documents out.

import { address, get, post } from '../api.js';
import { appended, fill, h, marked } from '../dom.js';
import { go } from '../main.js';
import { askBox } from '../parts/ask.js';
import { choices } from '../parts/choices.js';
import { actions, differing, measures, path, probability, relation, source } from '../parts/clause.js';
import { chosenFacets, facetLists, FACETS, filterOf } from '../parts/facets.js';
import { empty, eventually } from '../parts/states.js';
import { define, number, t } from '../words.js';
import { styles } from '../styles.js';

styles('search');

define({
  zh: {
    'search.title': '检索条款',
    'search.label': '检索内容',
    'search.placeholder': '关键词、问题，或粘贴一条条款',
    'search.go': '检索',
    'search.unit': '单位',
    'search.unit.clause': '条款',
    'search.unit.article': '整条',
    'search.group': '归并',
    'search.group.none': '不归并',
    'search.group.document': '按文档',
    'search.group.region': '按省份',
    'search.group.city': '按城市',
    'search.least': '显示',
    'search.least.sure': '可靠的先例',
    'search.least.related': '相关以上',
    'search.least.all': '全部',
    'search.count': { one: '{n} 条，用时 {ms} 毫秒', other: '{n} 条，用时 {ms} 毫秒' },
    'search.count.more': '前 {n} 条（候选中共 {all} 条），用时 {ms} 毫秒',
    'search.facets': '筛选',
    'search.facets.clear': '清除筛选',
    'search.asked': '所问',
    'search.asked.clause': '与这一条相似的条款',
    'search.unsure.title': '没有可靠的先例',
    'search.unsure': '以下各条的可能性都不到 50%，只能作参考。',
    'search.none.title': '没有找到',
    'search.none': '换一种说法，用文件里的词；或者放宽上面的“显示”范围和筛选。',
    'search.none.all': '显示全部',
    'search.start.title': '从一句话开始',
    'search.start': '可以检索 {clauses} 条条款，出自 {documents} 篇文档。例如：',
    'search.start.empty': '文档库还是空的。',
    'search.start.add': '去收录文档',
    'search.example.1': '推行消费争议先行赔付',
    'search.example.2': '对首次获得中国质量奖的企业给予奖励',
    'search.example.3': '买东西被坑了怎么办',
    'search.job.check': '粘贴或拖入一份草案，逐条列出别处的先例、照抄的部分和没有先例的条款。',
    'search.job.regions': '一项措施，哪些省市有，何时起有，怎么写，定的什么数。',
    'search.job.compare': '两份文件或一份文件的新旧两版，逐条对照，标出改动。',
  },
  en: {
    'search.title': 'Search clauses',
    'search.label': 'What to look for',
    'search.placeholder': 'Keywords, a question, or a clause pasted in',
    'search.go': 'Search',
    'search.unit': 'Show',
    'search.unit.clause': 'clauses',
    'search.unit.article': 'whole articles',
    'search.group': 'Group',
    'search.group.none': 'not at all',
    'search.group.document': 'by document',
    'search.group.region': 'by province',
    'search.group.city': 'by city',
    'search.least': 'Hits',
    'search.least.sure': 'reliable',
    'search.least.related': 'related too',
    'search.least.all': 'all',
    'search.count': { one: '1 hit in {ms} ms', other: '{n} hits in {ms} ms' },
    'search.count.more': 'the first {n} of {all} candidates, in {ms} ms',
    'search.facets': 'Narrow down',
    'search.facets.clear': 'Clear all',
    'search.asked': 'Asked',
    'search.asked.clause': 'Clauses like this one',
    'search.unsure.title': 'No reliable precedent',
    'search.unsure': 'None of these reaches a probability of 50%. They may serve as hints.',
    'search.none.title': 'Nothing found',
    'search.none': 'Try other words, such as documents use; or widen what is shown, or drop filters.',
    'search.none.all': 'Show everything',
    'search.start.title': 'Start with a sentence',
    'search.start': '{clauses} clauses of {documents} documents can be searched. For example:',
    'search.start.empty': 'The library is still empty.',
    'search.start.add': 'Add documents',
    'search.example.1': '推行消费争议先行赔付',
    'search.example.2': 'reward for companies that win a quality award',
    'search.example.3': '买东西被坑了怎么办',
    'search.job.check': 'Paste or drop a draft: every clause with its precedents elsewhere, what is copied, and what is new.',
    'search.job.regions': 'One measure: which provinces and cities have it, since when, in which words and with which figures.',
    'search.job.compare': 'Two documents, or two versions of one, clause beside clause, with what differs marked.',
  },
});

const LEAST = { sure: 0.5, related: 0.1, all: 0 };
const STEP = 20;
const MOST = 200;

export const heading = (url) => url.searchParams.get('q')?.trim().slice(0, 40) || t('search.title');

export async function show(root, url, signal) {
  const q = url.searchParams.get('q')?.trim() ?? '';
  const clause = url.searchParams.get('clause') ?? '';
  const state = {
    q,
    clause,
    unit: url.searchParams.get('unit') ?? 'clause',
    group: url.searchParams.get('group') ?? 'none',
    least: url.searchParams.get('least') ?? 'related',
    limit: Math.min(Number(url.searchParams.get('limit')) || STEP, MOST),
    ...chosenFacets(url),
  };
  const outcome = h('div.outcome');
  fill(root, h('h1.hidden', {}, t('search.title')), box(state), outcome);
  if (!q && !clause) {
    if (matchMedia('(hover: hover)').matches) root.querySelector('textarea').focus({ preventScroll: true });
    await eventually(outcome, signal, () => start(signal));
  } else {
    await eventually(outcome, signal, () => answer(state, signal));
  }
}

/** The address of a state; what is as it usually is is left out. */
const addressOf = ({ q, clause, unit, group, least, limit, regions, levels, kinds, years }) =>
  address('/', {
    q,
    clause: q ? null : clause,
    unit: unit === 'clause' ? null : unit,
    group: group === 'none' ? null : group,
    least: least === 'related' ? null : least,
    limit: limit === STEP ? null : limit,
    regions,
    levels,
    kinds,
    years,
  });

function box(state) {
  const words = { label: t('search.label'), placeholder: t('search.placeholder'), go: t('search.go') };
  return askBox(state.q, words, (q) => go(addressOf({ ...state, q, limit: STEP })));
}

async function start(signal) {
  const { documents, clauses } = await get('/v1/facets', {}, signal);
  if (!documents) return empty(t('search.start.empty'), h('a.button', { href: '/library' }, t('search.start.add')));
  return empty(
    t('search.start.title'),
    h('p', {}, t('search.start', { clauses, documents })),
    h('ul.examples', {}, [1, 2, 3].map((i) => h('li', {}, h('a', { href: address('/', { q: t(`search.example.${i}`) }) }, t(`search.example.${i}`))))),
    h('ul.jobs', {}, ['check', 'regions', 'compare'].map((job) => h('li.card', {}, h('h3', {}, h('a', { href: `/${job}` }, t(`nav.${job}`))), h('p', {}, t(`search.job.${job}`))))),
  );
}

/** What stands in the box, which may have been changed since it was asked. */
const typed = (state) => document.querySelector('main textarea')?.value.trim() || state.q;

async function answer(state, signal) {
  const options = {
    limit: state.limit,
    unit: state.unit,
    min_probability: LEAST[state.least] ?? LEAST.related,
    group_by: state.group === 'none' ? undefined : state.group,
    group_size: state.group === 'none' ? undefined : 3,
    explain: true,
  };
  if (options.group_by) options.limit = Math.ceil(state.limit / 2);
  const clause = `/v1/clauses/${encodeURIComponent(state.clause)}`;
  const ask = (chosen, what) => {
    const wanted = { ...options, ...what, facets: true };
    if (state.q) return post('/v1/search', { query: state.q, ...wanted, filter: filterOf(chosen) }, signal);
    return get(`${clause}/similar`, { ...wanted, ...filterOf(chosen) }, signal);
  };
  // What else there is of a facet is counted as if nothing of it were chosen, so that one can choose more of it.
  const open = FACETS.filter((facet) => state[facet].length);
  const [asked, found, ...others] = await Promise.all([
    state.q ? null : get(clause, {}, signal),
    ask(state, {}),
    ...open.map((facet) => ask({ ...state, [facet]: [] }, { limit: 1, explain: false })),
  ]);
  open.forEach((facet, i) => (found.facets[facet] = others[i].facets[facet]));
  const text = state.q || (state.unit === 'article' ? asked.article.text : asked.text);
  return [
    asked && about(asked),
    h('div.columns', {}, aside(state, found), await hits(state, found, text, signal)),
  ];
}

/** The clause whose likes are shown. */
const about = (asked) =>
  h(
    'section.card.asked',
    { 'aria-label': t('search.asked.clause') },
    h('h2', {}, t('search.asked.clause')),
    source({ ...asked.document.metadata, document_id: asked.document.document_id, clause_id: asked.clause_id }),
    path(asked),
    h('p.text', {}, asked.text),
  );

function aside(state, found) {
  const some = FACETS.some((facet) => state[facet].length);
  const change = (facet, values) => go(addressOf({ ...state, q: typed(state), [facet]: values, limit: STEP }), { replace: true });
  const none = Object.fromEntries(FACETS.map((facet) => [facet, []]));
  return h(
    'aside',
    { 'aria-label': t('search.facets') },
    h(
      'details',
      { open: some || matchMedia('(min-width: 900px)').matches },
      h('summary', {}, t('search.facets')),
      facetLists(found.facets, state, change),
      some && h('button.plain', { type: 'button', onclick: () => go(addressOf({ ...state, ...none })) }, t('search.facets.clear')),
    ),
  );
}

async function hits(state, found, text, signal) {
  const change = (what) => go(addressOf({ ...state, q: typed(state), ...what }), { replace: true });
  const pick = (name, of) => [name, of.map((value) => [value, t(`search.${name}.${value}`)])];
  const bar = h(
    'div.bar',
    {},
    [pick('least', ['sure', 'related', 'all']), pick('unit', ['clause', 'article']), pick('group', ['none', 'document', 'region', 'city'])].map(
      ([name, of]) => choices(t(`search.${name}`), of, state[name], (value) => change({ [name]: value })),
    ),
  );
  const n = found.hits.length;
  if (!n) {
    const all = state.least !== 'all' && h('button.second', { type: 'button', onclick: () => change({ least: 'all' }) }, t('search.none.all'));
    return h('section', {}, bar, empty(t('search.none.title'), h('p', {}, t('search.none')), all));
  }
  const ms = number(Math.max(1, Math.round(found.took_ms)));
  // Of groups there are more where all that were asked for came.
  const group = { document: (hit) => hit.family ?? hit.document_id, region: (hit) => hit.region?.province, city: (hit) => `${hit.region?.province} ${hit.region?.city}` }[state.group];
  const more = group ? new Set(found.hits.map(group)).size >= Math.ceil(state.limit / 2) : found.facets.total > n;
  // The page stays where it is, and the keyboard goes on with the first new hit.
  const further = () => {
    const at = scrollY;
    return change({ limit: Math.min(state.limit + STEP, MOST) }).then(() => {
      scrollTo(0, at);
      document.querySelectorAll('.hits > li')[n]?.querySelector('a, button')?.focus({ preventScroll: true });
    });
  };
  const list = h('ol.hits');
  const unsure = !found.hits.some((hit) => hit.probability >= 0.5);
  const section = h(
    'section',
    {},
    bar,
    h('p.muted', { role: 'status' }, more ? t('search.count.more', { n, all: found.facets.total, ms }) : t('search.count', { n, ms })),
    unsure && h('div.card.unsure', {}, h('h2', {}, t('search.unsure.title')), h('p', {}, t('search.unsure'))),
    list,
    more && state.limit < MOST && h('button.second.more', { type: 'button', onclick: further }, t('list.more', { n: STEP })),
  );
  // The first screen at once, or all that was there before; the rest while it is being read.
  const rest = appended(list, found.hits, (hit) => card(hit, text), signal, Math.max(10, state.limit - STEP + 1));
  rest.catch(console.error);
  return section;
}

/** A hit. Pointing at marked words shows which words of the query they answer. */
function card(hit, text) {
  const { difference } = hit;
  const edited = difference?.edits?.some((edit) => edit.kind !== 'equal');
  const shown = edited ? differing(text, hit.text, difference.edits).right : highlighted(hit.text, hit.highlights);
  const query = h('p.query', { hidden: true }, h('span.muted', {}, `${t('search.asked')} `));
  const item = h(
    'li',
    { class: `card hit ${hit.relation}` },
    h('div.row', {}, relation(hit.relation), probability(hit.probability), hit.boilerplate && h('span.muted', {}, t('formula.any'))),
    h('p.text', {}, shown),
    query,
    measures(difference?.measures),
    source(hit),
    path(hit),
    actions(hit),
  );
  const point = (place) => {
    const highlight = hit.highlights[place];
    if (!highlight) return;
    const mark = { ...highlight.query, make: (part) => h('mark.strong', {}, part) };
    fill(query, h('span.muted', {}, `${t('search.asked')} `), marked(text, [mark]));
    query.hidden = false;
  };
  const over = (event) => {
    const at = event.target.closest?.('mark[data-place]');
    for (const mark of item.querySelectorAll('mark[data-place]')) mark.classList.toggle('strong', mark === at);
    if (at) point(Number(at.dataset.place));
  };
  item.addEventListener('mouseover', over);
  item.addEventListener('focusin', over);
  item.addEventListener('mouseleave', () => {
    query.hidden = true;
    for (const mark of item.querySelectorAll('mark.strong')) mark.classList.remove('strong');
  });
  return item;
}

const highlighted = (text, highlights) =>
  marked(
    text,
    highlights.map((highlight, place) => ({
      ...highlight.text,
      make: (part) => h('mark', { dataset: { place: String(place) } }, part),
    })),
  );
