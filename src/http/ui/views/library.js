// The documents that are there: found, added, corrected, removed.

import { address, get } from '../api.js';
import { fill, h, settled } from '../dom.js';
import { go } from '../main.js';
import { documentAddress, place } from '../parts/clause.js';
import { correct } from '../parts/correct.js';
import { chosenFacets, facetLists, FACETS, filterOf } from '../parts/facets.js';
import { pages } from '../parts/pages.js';
import { empty, eventually, failure, notice } from '../parts/states.js';
import { define, named, number, t } from '../words.js';
import { styles } from '../styles.js';
import { dropped } from './library/drop.js';
import { add, queue } from './library/queue.js';
import { isRemoved, removeLater, watchRemovals } from './library/removal.js';

styles('library');

define({
  zh: {
    'library.title': '文档库',
    'library.lead': '检索、查先例、比对都以这里的文档为准。',
    'library.add': '添加文件',
    'library.add.help': '也可以把文件或文件夹拖到页面任意位置。可收录 Word、PDF、网页、文本，以及成批的 .jsonl、.csv、.zip。',
    'library.find': '按标题、文号或编号查找',
    'library.facets': '筛选',
    'library.facets.clear': '清除筛选',
    'library.count': '{documents} 篇文档，共 {clauses} 条',
    'library.table': '文档',
    'library.column.document': '文档',
    'library.column.region': '地区',
    'library.column.level': '层级',
    'library.column.kind': '文种',
    'library.column.date': '日期',
    'library.column.clauses': '条款',
    'library.column.tools': '操作',
    'library.select': '选定 {title}',
    'library.select.all': '选定本页全部',
    'library.selected': '已选 {n} 篇',
    'library.remove': '移除',
    'library.remove.name': '移除 {title}',
    'library.remove.selected': '移除所选',
    'library.correct': '更正',
    'library.correct.name': '更正 {title} 的信息',
    'library.none.title': '没有符合条件的文档',
    'library.none': '换一个词，或清除筛选。',
    'library.empty.title': '文档库还是空的',
    'library.empty': '把文件拖到这里，或点“添加文件”。每个文件会自动分出章节和条款，读出标题、文号、日期，随后就能检索。',
    'library.warnings': { one: '{n} 处可能有误', other: '{n} 处可能有误' },
  },
  en: {
    'library.title': 'Library',
    'library.lead': 'Searches, checks and comparisons are made over these documents.',
    'library.add': 'Add files',
    'library.add.help': 'Or drop files or folders anywhere on the page: Word, PDF, web pages, text, and many at once as .jsonl, .csv, .zip.',
    'library.find': 'Find by title, number or id',
    'library.facets': 'Narrow down',
    'library.facets.clear': 'Clear all',
    'library.count': '{documents} documents, {clauses} clauses',
    'library.table': 'Documents',
    'library.column.document': 'Document',
    'library.column.region': 'Region',
    'library.column.level': 'Level',
    'library.column.kind': 'Kind',
    'library.column.date': 'Date',
    'library.column.clauses': 'Clauses',
    'library.column.tools': 'Actions',
    'library.select': 'Select {title}',
    'library.select.all': 'Select all on this page',
    'library.selected': '{n} selected',
    'library.remove': 'Remove',
    'library.remove.name': 'Remove {title}',
    'library.remove.selected': 'Remove those selected',
    'library.correct': 'Correct',
    'library.correct.name': 'Correct what is known about {title}',
    'library.none.title': 'No such document',
    'library.none': 'Try another word, or clear the filters.',
    'library.empty.title': 'The library is still empty',
    'library.empty': 'Drop files here, or choose “Add files”. Chapters and clauses are found by themselves, title, number and date are read, and then they can be searched.',
    'library.warnings': { one: '1 thing looks odd', other: '{n} things look odd' },
  },
});

const PAGE = 50;
const ACCEPT = '.txt,.md,.html,.htm,.docx,.pdf,.jsonl,.csv,.zip';

/** Ids that are ticked, kept while one turns pages. */
const selected = new Map();

export const heading = () => t('library.title');

export async function show(root, url, signal) {
  const list = {
    state: stateOf(url),
    signal,
    outcome: h('div'),
    facets: h('div'),
    count: h('p.muted', { role: 'status' }),
    /** Documents that are shown, by their ids. */
    shown: new Map(),
    totals: { documents: 0, clauses: 0 },
    /** Says how many are ticked. */
    ticked() {},
  };
  const again = () => !signal.aborted && refresh(list);
  fill(
    root,
    h(
      'div.library',
      {},
      h('div.head', {}, h('div', {}, h('h1', {}, t('library.title')), h('p.lead', {}, t('library.lead'))), adder()),
      queue(settled(300, again)),
      h(
        'div.columns',
        {},
        h('aside', { 'aria-label': t('library.facets') }, h('details', { open: matchMedia('(min-width: 900px)').matches }, h('summary', {}, t('library.facets')), list.facets)),
        h('section', { 'aria-label': t('library.table') }, finder(list), list.count, list.outcome),
      ),
    ),
  );
  watchRemovals(again);
  dropped(root.firstElementChild, (files) => files.length && add(files), signal);
  await eventually(list.outcome, signal, () => documents(list, signal));
}

const stateOf = (url) => ({
  title: url.searchParams.get('title')?.trim() ?? '',
  page: Math.max(1, Math.trunc(Number(url.searchParams.get('page'))) || 1),
  ...chosenFacets(url),
});

const addressOf = ({ title, page, ...facets }) =>
  address('/library', { title, page: page > 1 ? page : null, ...Object.fromEntries(FACETS.map((facet) => [facet, facets[facet]])) });

/** Another state of the list: its address, and the list, with what has the focus left alone. */
function turn(list, what) {
  Object.assign(list.state, { page: 1, ...what });
  go(addressOf(list.state), { replace: !('page' in what), quiet: true });
  return refresh(list);
}

async function refresh(list) {
  list.asked?.abort();
  const asked = new AbortController();
  list.asked = asked;
  list.signal.addEventListener('abort', () => asked.abort());
  try {
    const made = await documents(list, asked.signal);
    if (!asked.signal.aborted) fill(list.outcome, made);
  } catch (error) {
    if (!asked.signal.aborted && error.name !== 'AbortError') fill(list.outcome, failure(error, () => refresh(list)));
  }
}

function adder() {
  const input = h('input.hidden', {
    type: 'file',
    multiple: true,
    accept: ACCEPT,
    tabindex: '-1',
    'aria-label': t('library.add'),
    onchange: () => {
      add([...input.files]);
      input.value = '';
    },
  });
  return h(
    'div.adder',
    {},
    input,
    h('button', { type: 'button', onclick: () => input.click() }, t('library.add')),
    h('p.muted', {}, t('library.add.help')),
  );
}

function finder(list) {
  const input = h('input', {
    type: 'search',
    name: 'title',
    'aria-label': t('library.find'),
    placeholder: t('library.find'),
    value: list.state.title,
    maxlength: 200,
    autocomplete: 'off',
  });
  // Another view may be there when the time is up.
  const look = () => list.signal.aborted || turn(list, { title: input.value.trim() });
  input.addEventListener('input', settled(250, look));
  const submit = (event) => {
    event.preventDefault();
    look();
  };
  return h('form.finder', { role: 'search', onsubmit: submit }, input);
}

/** Counts as if nothing were chosen of the facet itself, so that one can choose more of it. */
async function counts(state, signal) {
  const ask = (chosen) => get('/v1/facets', { title: state.title, ...filterOf(chosen) }, signal);
  const open = FACETS.filter((facet) => state[facet].length);
  const [all, ...others] = await Promise.all([ask(state), ...open.map((facet) => ask({ ...state, [facet]: [] }))]);
  const facets = { ...all };
  open.forEach((facet, i) => {
    facets[facet] = others[i][facet];
  });
  return { facets, documents: all.documents, clauses: all.clauses };
}

async function documents(list, signal) {
  const { state } = list;
  const [answer, { facets, ...totals }] = await Promise.all([
    get('/v1/documents', { title: state.title, ...filterOf(state), offset: (state.page - 1) * PAGE, limit: PAGE }, signal),
    counts(state, signal),
  ]);
  const chosen = FACETS.some((facet) => state[facet].length);
  const clear = () => {
    const none = Object.fromEntries(FACETS.map((facet) => [facet, []]));
    return turn(list, none);
  };
  if (signal.aborted) return [];
  const held = list.facets.contains(document.activeElement) ? document.activeElement.parentElement.textContent : null;
  fill(
    list.facets,
    facetLists(facets, state, (facet, values) => turn(list, { [facet]: values })),
    chosen && h('button.plain', { type: 'button', onclick: clear }, t('library.facets.clear')),
  );
  if (held) refocus(list.facets, held);
  const shown = answer.documents.filter((document) => !isRemoved(document.document_id));
  list.shown = new Map(answer.documents.map((document) => [document.document_id, document]));
  list.totals = totals;
  fewer(list, answer.documents.filter((document) => isRemoved(document.document_id)).map((document) => document.document_id));
  if (!answer.total) {
    if (chosen || state.title) return empty(t('library.none.title'), h('p', {}, t('library.none')));
    return empty(t('library.empty.title'), h('p', {}, t('library.empty')));
  }
  return [selection(list), table(list, shown), turner(list, answer)];
}

/** The facets are new elements; the box that was ticked has the focus again. */
function refocus(facets, words) {
  const name = (text) => text.replace(/[\d,]+$/, '');
  const label = [...facets.querySelectorAll('label')].find((label) => name(label.textContent) === name(words));
  label?.querySelector('input').focus();
}

function selection(list) {
  const n = h('span', {});
  const bar = h(
    'div.selection.row',
    { role: 'status' },
    n,
    h('button.second', { type: 'button', onclick: () => removed(list, [...selected].map(([id, title]) => ({ id, title }))) }, t('library.remove.selected')),
    h('button.plain', { type: 'button', onclick: () => unselect(list) }, t('common.clear')),
  );
  list.ticked = () => {
    bar.hidden = !selected.size;
    fill(n, t('library.selected', { n: selected.size }));
  };
  list.ticked();
  return bar;
}

function unselect(list) {
  selected.clear();
  for (const box of list.outcome.querySelectorAll('input[type=checkbox]')) box.checked = false;
  list.ticked();
}

function table(list, shown) {
  const all = h('input', { type: 'checkbox', 'aria-label': t('library.select.all'), checked: shown.length > 0 && shown.every((d) => selected.has(d.document_id)) });
  all.addEventListener('change', () => {
    for (const box of list.outcome.querySelectorAll('tbody input[type=checkbox]')) {
      if (box.checked !== all.checked) box.click();
    }
  });
  const column = (name, attributes) => h(`th.${name}`, { scope: 'col', ...attributes }, t(`library.column.${name}`));
  return h(
    'table.documents',
    {},
    h('caption.hidden', {}, t('library.table')),
    h('thead', {}, h('tr', {}, h('th.tick', { scope: 'col' }, all), ['document', 'region', 'level', 'kind', 'date', 'clauses', 'tools'].map((name) => column(name)))),
    h('tbody', {}, shown.map((document) => row(list, document))),
  );
}

function row(list, entry) {
  const { document_id: id, metadata, clauses, warnings } = entry;
  const title = metadata.title ?? id;
  const short = title.slice(0, 80);
  const tick = h('input', {
    type: 'checkbox',
    checked: selected.has(id),
    'aria-label': t('library.select', { title: short }),
    onchange: () => {
      if (tick.checked) selected.set(id, title);
      else selected.delete(id);
      list.ticked();
    },
  });
  const edit = async () => {
    try {
      correct(await get(`/v1/documents/${encodeURIComponent(id)}`, {}, list.signal), () => refresh(list));
    } catch (error) {
      if (error.name !== 'AbortError') notice([error.title ?? t('state.offline'), ...(error.details ?? [])].join(' '));
    }
  };
  const level = metadata.level && named('level', metadata.level);
  const kind = metadata.kind && named('kind', metadata.kind);
  return h(
    'tr',
    { dataset: { id } },
    h('td.tick', {}, tick),
    h(
      'th.document',
      { scope: 'row' },
      h('a', { href: documentAddress(id), dir: 'auto', title: title.length > 80 ? title : null }, title),
      h('p.muted', {}, [metadata.document_number, metadata.validity && named('validity', metadata.validity)].filter(Boolean).map((what) => h('bdi', {}, what))),
      h('p.muted.narrow', {}, [place(metadata), level, kind, metadata.date].filter(Boolean).map((what) => h('span', {}, what))),
      warnings > 0 && h('p.warn', {}, t('library.warnings', { n: warnings })),
    ),
    h('td.region', {}, place(metadata)),
    h('td.level', {}, level),
    h('td.kind', {}, kind),
    h('td.date', {}, metadata.date),
    h('td.clauses', {}, number(clauses)),
    h(
      'td.tools',
      {},
      h('button.plain', { type: 'button', 'aria-label': t('library.correct.name', { title: short }), onclick: edit }, t('library.correct')),
      h('button.plain', { type: 'button', 'aria-label': t('library.remove.name', { title: short }), onclick: () => removed(list, [{ id, title }]) }, t('library.remove')),
    ),
  );
}

/** The rows go at once; the documents when there was time to think again. */
function removed(list, documents) {
  const rows = documents.map(({ id }) => list.outcome.querySelector(`tr[data-id="${CSS.escape(id)}"]`)).filter(Boolean);
  const next = rows.at(-1)?.nextElementSibling ?? rows[0]?.previousElementSibling;
  for (const row of rows) row.remove();
  for (const { id } of documents) selected.delete(id);
  list.ticked();
  fewer(list, documents.map(({ id }) => id));
  (next?.isConnected ? next.querySelector('.tools button:last-child') : document.getElementById('view')).focus();
  removeLater(documents);
}

/** Counts without those that go. */
function fewer(list, ids) {
  const gone = ids.map((id) => list.shown.get(id)).filter(Boolean);
  list.totals.documents -= gone.length;
  list.totals.clauses -= gone.reduce((sum, { clauses }) => sum + clauses, 0);
  fill(list.count, t('library.count', list.totals));
}

const turner = (list, { total, documents: { length } }) =>
  pages({ page: list.state.page, size: PAGE, shown: length, total }, async (page) => {
    await turn(list, { page });
    list.outcome.querySelector('table')?.scrollIntoView({ block: 'nearest' });
    scrollTo(0, 0);
  });
