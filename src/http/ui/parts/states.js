// Waiting, nothing there, and what went wrong.

import { Offline, Problem } from '../api.js';
import { fill, h } from '../dom.js';
import { t } from '../words.js';
import { told } from './advice.js';

/** Something is on its way. Shown only when it takes long enough to be noticed. */
export const loading = (text = t('state.loading')) => h('p.state.loading', { role: 'status' }, h('span.spinner', { 'aria-hidden': 'true' }), text);

/** Nothing is there: says so, and what can be done. */
export const empty = (title, ...more) => h('div.state.empty', {}, h('h2', {}, title), more);

/** What went wrong, in a person's words; with `again`, a button that tries again. */
export function failure(error, again) {
  const offline = error instanceof Offline;
  const title = error instanceof Problem ? error.title : offline ? t('state.failed') : t('state.failed');
  const { todo, details } = error instanceof Problem ? told(error) : { todo: '', details: [offline ? t('state.offline') : error.message] };
  return h(
    'div.state.failure',
    { role: 'alert' },
    h('h2', {}, title),
    todo && h('p', {}, todo),
    details.map((line) => h('p', {}, line)),
    again && h('button', { type: 'button', onclick: () => again() }, t('state.retry')),
  );
}

/**
 * Fills `root` with what `work` gives, with a sign of waiting meanwhile and the reason when it fails. An answer that
 * comes after `signal` was aborted is dropped. `words` are shown meanwhile, where it takes longer than usual; `then` is
 * called once it shows.
 */
export async function eventually(root, signal, work, words, then) {
  const waiting = setTimeout(() => fill(root, loading(words)), 150);
  root.setAttribute('aria-busy', 'true');
  try {
    const made = await work();
    clearTimeout(waiting);
    if (signal.aborted) return;
    fill(root, made);
    await then?.();
  } catch (error) {
    if (!signal.aborted && error.name !== 'AbortError') {
      fill(root, failure(error, () => eventually(root, signal, work, words, then)));
      if (!(error instanceof Problem || error instanceof Offline)) console.error(error);
    }
  } finally {
    clearTimeout(waiting);
    root.removeAttribute('aria-busy');
  }
}

/** A line at the foot of the window that goes by itself; with `action`, `{ label, run }`, a button in it. */
export function notice(text, action, milliseconds = 6000) {
  const line = h('div.notice', {}, h('span', {}, text));
  const gone = () => line.remove();
  const timer = setTimeout(gone, milliseconds);
  if (action) {
    const run = () => {
      clearTimeout(timer);
      gone();
      action.run();
    };
    line.append(h('button.plain', { type: 'button', onclick: run }, action.label));
  }
  document.getElementById('notices').append(line);
  return gone;
}
