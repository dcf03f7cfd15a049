// Removing documents, with ten seconds to think again.

import { remove } from '../../api.js';
import { notice } from '../../parts/states.js';
import { define, t } from '../../words.js';

define({
  zh: {
    'removal.done': '已移除“{title}”',
    'removal.done.many': '已移除 {n} 篇文档',
    'removal.undone': '已恢复',
    'removal.failed': '“{title}”没有移除：{why}',
  },
  en: {
    'removal.done': '“{title}” is removed',
    'removal.done.many': '{n} documents are removed',
    'removal.undone': 'They are back',
    'removal.failed': '“{title}” was not removed: {why}',
  },
});

const UNDO_MS = 10_000;
/** How many changes the service takes at once; those beyond it have to wait for one another. */
const AT_ONCE = 8;

/** Titles by the ids of the documents that are as good as gone. */
const waiting = new Map();
let changed = () => {};

/** Whether a document is to be shown no more. */
export const isRemoved = (id) => waiting.has(id);

/** `again()` is called when the list should be shown anew: something is back, or gone for good. */
export function watchRemovals(again) {
  changed = again;
}

/** Removes documents (`[{ id, title }]`) after a while, and offers to undo it until then. */
export function removeLater(documents) {
  for (const { id, title } of documents) waiting.set(id, title);
  const batch = { documents, timer: setTimeout(() => finish(batch), UNDO_MS) };
  batches.add(batch);
  const undo = () => {
    clearTimeout(batch.timer);
    batches.delete(batch);
    for (const { id } of documents) waiting.delete(id);
    notice(t('removal.undone'));
    changed();
  };
  const [{ title }] = documents;
  const text = documents.length === 1 ? t('removal.done', { title: title.slice(0, 60) }) : t('removal.done.many', { n: documents.length });
  batch.gone = notice(text, { label: t('common.undo'), run: undo }, UNDO_MS);
}

const batches = new Set();

async function finish(batch) {
  clearTimeout(batch.timer);
  if (!batches.delete(batch)) return;
  batch.gone();
  for (const { id, title } of batch.documents) {
    try {
      await remove(`/v1/documents/${encodeURIComponent(id)}`);
    } catch (error) {
      // Who else removed it did what was asked for.
      if (error.problem?.code !== 'not_found') {
        const why = [error.title ?? t('state.offline'), ...(error.details ?? [])].join(' ');
        notice(t('removal.failed', { title: title.slice(0, 60), why }), undefined, 30_000);
      }
    }
    waiting.delete(id);
  }
  changed();
}

// The page is left: what waits is removed now. The requests outlive the page.
addEventListener('pagehide', () => {
  for (const { documents, timer } of batches) {
    clearTimeout(timer);
    for (const { id } of documents) remove(`/v1/documents/${encodeURIComponent(id)}`, true).catch(() => {});
  }
  batches.clear();
  waiting.clear();
});

// More than the service takes at once cannot be sent while the page goes: begin, and ask for a moment.
addEventListener('beforeunload', (event) => {
  if (waiting.size <= AT_ONCE) return;
  event.preventDefault();
  for (const batch of [...batches]) finish(batch);
});
