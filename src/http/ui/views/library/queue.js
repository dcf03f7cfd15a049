// Files on their way into the library: one request a file, one after the other.

import { Offline, Problem, upload } from '../../api.js';
import { fill, h } from '../../dom.js';
import { told } from '../../parts/advice.js';
import { documentAddress } from '../../parts/clause.js';
import { define, number, percent, t } from '../../words.js';

define({
  zh: {
    'queue.title': '收录文件',
    'queue.count': '共 {all} 个文件，已完成 {done} 个',
    'queue.finished': '共 {all} 个文件，全部完成',
    'queue.refused': '，其中 {n} 个没有收录',
    'queue.waiting': '等待',
    'queue.busy': '服务正忙，稍后自动重试',
    'queue.sending': '正在发送 {share}',
    'queue.reading': '正在读取和分析…',
    'queue.cancelled': '已取消',
    'queue.cancel': '取消',
    'queue.cancel.name': '取消 {name}',
    'queue.cancel.all': '取消全部等待的文件',
    'queue.clear': '清空此列表',
    'queue.retry': '重试',
    'queue.retry.name': '重试 {name}',
    'queue.offline': '连不上服务',
    'queue.offline.do': '请确认 clausewise 正在运行，然后重试。',
    'queue.twin': '同名文件',
    'queue.twin.do': '另有同名文件正在收录，两者编号相同，后收录的会取代先收录的。请改名后再拖入；确要取代，请重试。',
    'queue.many': '{n} 篇文档：{what}',
    'queue.each': '逐篇查看',
    'queue.rest': '其余 {n} 篇没有列出',
    'queue.progress': '{name} 的进度',
    'queue.warnings': { one: '{n} 处可能有误', other: '{n} 处可能有误' },
    'queue.same': '同样的文字已经收录为',
    'status.added': '已收录',
    'status.replaced': '已替换编号相同的文档',
    'status.unchanged': '早已收录，没有变化',
    'status.updated': '早已收录，文档信息已更新',
    'status.duplicate': '没有重复收录',
    'status.refused': '没有收录',
  },
  en: {
    'queue.title': 'Taking in files',
    'queue.count': '{done} of {all} files done',
    'queue.finished': 'All {all} files done',
    'queue.refused': ', {n} of them not taken in',
    'queue.waiting': 'waiting',
    'queue.busy': 'the service is busy; tried again in a moment',
    'queue.sending': 'sending, {share}',
    'queue.reading': 'reading and encoding…',
    'queue.cancelled': 'cancelled',
    'queue.cancel': 'Cancel',
    'queue.cancel.name': 'Cancel {name}',
    'queue.cancel.all': 'Cancel all that wait',
    'queue.clear': 'Clear this list',
    'queue.retry': 'Try again',
    'queue.retry.name': 'Try {name} again',
    'queue.offline': 'The service cannot be reached',
    'queue.offline.do': 'See that clausewise is running, then try again.',
    'queue.twin': 'The same file name',
    'queue.twin.do': 'Another file of this name is being taken in, and both would get the same id. Rename this one; or try again, and it takes the place of the other.',
    'queue.many': '{n} documents: {what}',
    'queue.each': 'One by one',
    'queue.rest': '{n} more are not listed',
    'queue.progress': 'Progress of {name}',
    'queue.warnings': { one: '1 thing looks odd', other: '{n} things look odd' },
    'queue.same': 'the same text is there as',
    'status.added': 'taken in',
    'status.replaced': 'took the place of the document with this id',
    'status.unchanged': 'was there already, unchanged',
    'status.updated': 'was there already; what is known about it was updated',
    'status.duplicate': 'not taken in twice',
    'status.refused': 'not taken in',
  },
});

/** How long a service that is busy is left alone, and how often. */
const BUSY_MS = 5000;
const BUSY_TRIES = 24;
/** Entries that are shown of a list of documents. */
const EACH = 200;

/** All files since the list was last cleared: `{ file, state, share, documents, error, stop, row }`. */
const entries = [];
let running = false;
let panel = null;
let changed = () => {};

const ENDED = ['done', 'refused', 'cancelled'];

/** Another file on its way gets the same id. */
class Twin extends Error {}

/** A file's name without its ending: the id of its document. */
const stem = (file) => file.name.replace(/\.[^.]*$/, '');

/** Whether files are on their way. */
export const busy = () => running;

/** Adds files to the queue and sees that it is worked on. */
export function add(files) {
  for (const file of files) {
    // Files of two folders may have one name: the second would silently take the place of the first.
    const twin = entries.some((entry) => !ENDED.includes(entry.state) && stem(entry.file) === stem(file));
    entries.push(twin ? { file, state: 'refused', share: 0, error: new Twin() } : { file, state: 'waiting', share: 0 });
  }
  draw();
  work();
}

/** The queue to look at; `taken()` is called when documents have been taken in. */
export function queue(taken) {
  changed = taken;
  for (const entry of entries) entry.row = null;
  panel = h('section.card.queue', { 'aria-labelledby': 'queue-title', hidden: true });
  draw();
  return panel;
}

const leaving = (event) => event.preventDefault();

async function work() {
  if (running) return;
  running = true;
  addEventListener('beforeunload', leaving);
  for (;;) {
    const next = entries.find((entry) => entry.state === 'waiting');
    if (!next) break;
    await send(next);
  }
  running = false;
  removeEventListener('beforeunload', leaving);
  draw();
}

async function send(entry) {
  const form = new FormData();
  form.append('file', entry.file, entry.file.name);
  const stop = new AbortController();
  Object.assign(entry, { state: 'sending', share: 0, stop, error: null });
  draw(entry);
  const { row } = entry;
  if (row && !panel.list.contains(document.activeElement)) panel.list.scrollTop = row.offsetTop - panel.list.offsetTop - row.offsetHeight;
  const progress = (share) => {
    Object.assign(entry, share < 1 ? { share } : { state: 'reading' });
    draw(entry);
  };
  for (let tries = 1; entry.state !== 'cancelled'; tries += 1) {
    try {
      const { documents } = await upload('/v1/documents', form, progress, stop.signal);
      Object.assign(entry, { state: 'done', documents });
      if (documents.some(({ status }) => status !== 'refused' && status !== 'duplicate' && status !== 'unchanged')) changed();
      break;
    } catch (error) {
      if (error.name === 'AbortError') {
        entry.state = 'cancelled';
        break;
      }
      if (!(error instanceof Problem || error instanceof Offline)) console.error(error);
      if (error.problem?.code !== 'busy' || tries === BUSY_TRIES) {
        Object.assign(entry, { state: 'refused', error });
        break;
      }
      entry.state = 'busy';
      draw(entry);
      await new Promise((go) => {
        setTimeout(go, BUSY_MS);
        stop.signal.addEventListener('abort', go);
      });
      if (stop.signal.aborted) entry.state = 'cancelled';
    }
  }
  entry.stop = null;
  draw(entry);
}

function cancel(entry) {
  if (entry.stop) entry.stop.abort();
  else entry.state = 'cancelled';
  draw(entry);
}

function again(entry) {
  entry.state = 'waiting';
  draw(entry);
  work();
}

/** Shows the queue as it is now, or an entry of it. */
function draw(entry) {
  if (!panel) return;
  panel.hidden = !entries.length;
  if (!entries.length) {
    fill(panel);
    panel.list = null;
    return;
  }
  if (!panel.list) frame();
  if (entry) drawEntry(entry);
  else for (const one of entries) drawEntry(one);
  const done = entries.filter(({ state }) => ENDED.includes(state)).length;
  const refused = entries.filter(({ state, documents }) => state === 'refused' || documents?.some(({ status }) => status === 'refused')).length;
  const finished = t(done < entries.length ? 'queue.count' : 'queue.finished', { all: entries.length, done });
  const said = `${finished}${refused ? t('queue.refused', { n: refused }) : ''}`;
  // Said anew only when it says something else.
  if (panel.count.textContent !== said) fill(panel.count, said);
  panel.bar.value = done / entries.length;
  panel.all.hidden = entries.filter(({ state }) => state === 'waiting').length < 2;
  panel.clear.hidden = done < entries.length;
}

function frame() {
  panel.list = h('ul.files', { tabindex: '0', 'aria-label': t('queue.title') });
  panel.count = h('p', { role: 'status' });
  panel.bar = h('progress', { 'aria-label': t('queue.title'), value: 0 });
  const cancelAll = () => entries.filter(({ state }) => state === 'waiting').forEach(cancel);
  const clear = () => {
    entries.length = 0;
    draw();
  };
  panel.all = h('button.plain', { type: 'button', onclick: cancelAll }, t('queue.cancel.all'));
  panel.clear = h('button.plain', { type: 'button', onclick: clear }, t('queue.clear'));
  fill(
    panel,
    h('div.head', {}, h('h2', { id: 'queue-title' }, t('queue.title')), h('div.row', {}, panel.all, panel.clear)),
    h('div.row', {}, panel.bar, panel.count),
    panel.list,
  );
}

function drawEntry(entry) {
  const key = `${entry.state} ${entry.share}`;
  const old = entry.row?.parentNode === panel.list ? entry.row : null;
  if (old?.key === key) return;
  const row = h('li.file', { class: entry.state }, h('span.name', {}, h('bdi', {}, entry.file.name)), stateOf(entry), buttonOf(entry));
  row.key = key;
  if (old) {
    const held = old.contains(document.activeElement);
    old.replaceWith(row);
    if (held) row.querySelector('button')?.focus();
  } else panel.list.append(row);
  entry.row = row;
}

function stateOf(entry) {
  const { state, share, documents, error, file } = entry;
  if (state === 'done') return h('div.said', {}, outcome(documents));
  if (state === 'refused') return h('div.said', {}, refusal(error, file.name));
  const words = t(`queue.${state}`, { share: percent(share) });
  const bar = ['sending', 'reading'].includes(state) && h('progress', { 'aria-label': t('queue.progress', { name: file.name }), value: state === 'sending' ? share : null });
  return h('div.said.row', {}, bar, h('span.muted', {}, words));
}

function buttonOf(entry) {
  const { state, file } = entry;
  // What the service has got it works on, whether one waits for it or not.
  if (['waiting', 'sending', 'busy'].includes(state)) {
    return h('button.plain', { type: 'button', 'aria-label': t('queue.cancel.name', { name: file.name }), onclick: () => cancel(entry) }, t('queue.cancel'));
  }
  if (state === 'refused' || state === 'cancelled') {
    return h('button.plain', { type: 'button', 'aria-label': t('queue.retry.name', { name: file.name }), onclick: () => again(entry) }, t('queue.retry'));
  }
  return null;
}

/** What became of the documents of a file. */
function outcome(documents) {
  if (documents.length === 1) return one(documents[0]);
  const counts = new Map();
  for (const { status } of documents) counts.set(status, (counts.get(status) ?? 0) + 1);
  const what = [...counts].map(([status, n]) => `${t(`status.${status}`)} ${number(n)}`).join(t('common.and'));
  // Those that were refused first: something is to be done about them.
  const sorted = [...documents].sort((a, b) => (b.status === 'refused') - (a.status === 'refused'));
  const rest = sorted.length - EACH;
  return [
    h('p', {}, t('queue.many', { n: documents.length, what })),
    h(
      'details',
      {},
      h('summary', {}, t('queue.each')),
      h('ul.each', {}, sorted.slice(0, EACH).map((document) => h('li', {}, h('bdi', {}, document.document_id), ' ', one(document)))),
      rest > 0 && h('p.muted', {}, t('queue.rest', { n: rest })),
    ),
  ];
}

function one(document) {
  const { document_id: id, status, duplicate_of: same, clauses, warnings, error } = document;
  if (status === 'refused') return refusal(new Problem(error), id);
  const words = h('span', { class: status }, t(`status.${status}`));
  if (status === 'duplicate') return h('p.row', {}, words, h('span', {}, t('queue.same')), h('a', { href: documentAddress(same) }, same));
  return h(
    'p.row',
    {},
    h('span.good', { 'aria-hidden': 'true' }, '✓'),
    words,
    h('a', { href: documentAddress(id) }, t('common.clauses', { n: clauses })),
    warnings > 0 && h('a.warn', { href: documentAddress(id) }, t('queue.warnings', { n: warnings })),
    same && h('span', {}, t('queue.same'), ' ', h('a', { href: documentAddress(same) }, same)),
  );
}

/** Why a file was refused, and what to do about it. */
function refusal(error, name) {
  const ours = error instanceof Offline ? 'queue.offline' : error instanceof Twin ? 'queue.twin' : null;
  const title = ours ? t(ours) : (error.title ?? t('state.failed'));
  const { todo, details } = ours ? { todo: t(`${ours}.do`), details: [] } : told(error, name);
  return h(
    'div.refusal',
    {},
    h('p', {}, h('span', { 'aria-hidden': 'true' }, '✗ '), h('b', {}, title), todo && ` ${todo}`),
    details.map((line) => h('p.muted', {}, line)),
  );
}
