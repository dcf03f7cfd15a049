// Whether clauses were compared, and comparing them.

import { address, get, post, remove } from '../../api.js';
import { fill, h } from '../../dom.js';
import { failure, notice } from '../../parts/states.js';
import { define, percent, t } from '../../words.js';

define({
  zh: {
    'comparison.title': '比对情况',
    'comparison.never': '还没有比对过。第一次比对要看遍全部条款，文档多时需要几分钟，期间可以照常使用。',
    'comparison.stale.both': '上次比对之后新增了 {added} 篇、移除了 {removed} 篇文档。新增文档里从未见过的条款还没有比对。',
    'comparison.stale.added': '上次比对之后新增了 {added} 篇文档，其中从未见过的条款还没有比对。',
    'comparison.stale.removed': '上次比对之后移除了 {removed} 篇文档，它们的条款已不在结果里。',
    'comparison.current': '已比对库中全部文档。',
    'comparison.start': '开始比对',
    'comparison.new': '比对新增的文档',
    'comparison.tidy': '重新整理',
    'comparison.cancel': '停止',
    'comparison.queued': '等待开始…',
    'comparison.running': '正在比对：{share}',
    'comparison.running.begins': '正在比对…',
    'comparison.cancelling': '正在停止…',
    'comparison.cancelled': '已停止。已比对的部分会保留，下次接着做。',
    'comparison.failed': '比对没有完成：{why}',
    'comparison.done': '比对完成',
    'comparison.empty': '库里还没有文档。',
    'comparison.library': '去收录文档',
  },
  en: {
    'comparison.title': 'Comparison',
    'comparison.never': 'Nothing was compared yet. The first time all clauses are gone through; with many documents this takes minutes, and all else can be used meanwhile.',
    'comparison.stale.both': 'Since the last comparison {added} documents were added and {removed} removed. Clauses that are new with them are in no group yet.',
    'comparison.stale.added': 'Since the last comparison {added} documents were added. Clauses that are new with them are in no group yet.',
    'comparison.stale.removed': 'Since the last comparison {removed} documents were removed; their clauses are in no group any more.',
    'comparison.current': 'All documents of the library were compared.',
    'comparison.start': 'Compare now',
    'comparison.new': 'Compare what is new',
    'comparison.tidy': 'Tidy up',
    'comparison.cancel': 'Stop',
    'comparison.queued': 'waiting to begin…',
    'comparison.running': 'comparing: {share}',
    'comparison.running.begins': 'comparing…',
    'comparison.cancelling': 'stopping…',
    'comparison.cancelled': 'Stopped. What was compared is kept; the next time goes on from there.',
    'comparison.failed': 'The comparison did not end well: {why}',
    'comparison.done': 'All is compared',
    'comparison.empty': 'The library is still empty.',
    'comparison.library': 'Add documents',
  },
});

const FINAL = ['done', 'failed', 'cancelled'];
/** How often one asks where events do not arrive. */
const POLL_MS = 1500;

/**
 * The state of the comparison as `node`; `state(of)` tells it what the last answer said. `compared()` is called when
 * more has been compared.
 */
export function comparison(compared, signal) {
  const words = h('div');
  const node = h('section.card.comparison', { 'aria-label': t('comparison.title') }, words);
  let known = null;
  let watched = null;

  function idle() {
    if (!known || watched) return;
    const { status, documents_added: added, documents_removed: removed } = known;
    const nothing = status === 'never' && !added;
    const which = added && removed ? 'both' : added ? 'added' : 'removed';
    const text = nothing ? t('comparison.empty') : status === 'stale' ? t(`comparison.stale.${which}`, { added, removed }) : t(`comparison.${status}`);
    const label = status === 'never' ? 'comparison.start' : added ? 'comparison.new' : 'comparison.tidy';
    const button = nothing
      ? h('a.button', { href: '/library' }, t('comparison.library'))
      : status !== 'current' && h('button.begin', { type: 'button', onclick: begin }, t(label));
    fill(words, h('div.row', {}, h('p', { role: 'status' }, text), button));
  }

  async function begin(event) {
    event.target.disabled = true;
    try {
      watch(await post('/v1/duplicates', {}, signal));
    } catch (error) {
      event.target.disabled = false;
      if (error.name !== 'AbortError') fill(words, failure(error, idle));
    }
  }

  /** Shows a task until it has ended. */
  function watch(task) {
    watched?.close();
    const id = task.task_id;
    const bar = h('progress', { 'aria-label': t('comparison.title') });
    const said = h('p', { role: 'status' });
    const stop = h('button.second', { type: 'button', onclick: cancel }, t('comparison.cancel'));
    let stopping = false;
    fill(words, h('div.row', {}, bar, said, stop));
    stop.focus({ preventScroll: true });

    async function cancel() {
      stopping = true;
      stop.disabled = true;
      fill(said, t('comparison.cancelling'));
      try {
        await remove(`/v1/tasks/${id}`);
      } catch (error) {
        // It ended by itself meanwhile, and its last event says so.
        if (error.problem?.code !== 'not_found') fill(words, failure(error, idle));
      }
    }
    const take = (now) => {
      if (FINAL.includes(now.state)) {
        ended(now);
        return;
      }
      const begun = now.total > 0;
      if (begun) bar.value = now.done / now.total;
      else bar.removeAttribute('value');
      if (stopping) return;
      const text = now.state === 'queued' ? t('comparison.queued') : begun ? t('comparison.running', { share: percent(now.done / now.total) }) : t('comparison.running.begins');
      if (said.textContent !== text) fill(said, text);
    };
    const events = new EventSource(address(`/v1/tasks/${id}/events`));
    events.addEventListener('progress', (event) => take(JSON.parse(event.data)));
    let timer = 0;
    const poll = async () => {
      try {
        take(await get(`/v1/tasks/${id}`, {}, signal));
      } catch (error) {
        if (error.name === 'AbortError') return;
      }
      if (watched === here) timer = setTimeout(poll, POLL_MS);
    };
    // A connection that broke is taken up by the browser; one that was refused is not.
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED && watched === here && !timer) poll();
    });
    const here = {
      close() {
        clearTimeout(timer);
        events.close();
        watched = null;
      },
    };
    watched = here;
    take(task);
  }

  function ended(task) {
    watched?.close();
    if (task.state === 'failed') fill(words, h('p.warn', { role: 'alert' }, t('comparison.failed', { why: task.failure?.detail ?? '' })));
    else notice(t(task.state === 'done' ? 'comparison.done' : 'comparison.cancelled'));
    known = null;
    compared();
  }

  signal.addEventListener('abort', () => watched?.close());
  // One that was begun elsewhere, or before the page was left.
  get('/v1/tasks', {}, signal)
    .then(({ tasks }) => {
      const task = tasks.find(({ kind, state }) => kind === 'duplicates' && !FINAL.includes(state));
      if (task && !watched) watch(task);
    })
    .catch(() => {});
  return {
    node,
    state(of) {
      known = of;
      idle();
    },
  };
}
