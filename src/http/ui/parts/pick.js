// Choosing a stored document by typing a part of its title, number or id.

import { get } from '../api.js';
import { fill, freshId, h, settled } from '../dom.js';
import { t } from '../words.js';
import { place } from './clause.js';

const SHOWN = 12;

/**
 * A box to type in with a list of the documents that fit; `chosen(document)` is called with the one that was picked.
 * `attributes` go to the input (`aria-label` is due). The box is empty again after a choice unless `keep`.
 */
export function documentPicker(attributes, chosen, { keep = false } = {}) {
  const listId = freshId('documents');
  const list = h('ul.options', { id: listId, role: 'listbox', hidden: true, 'aria-label': attributes['aria-label'] });
  const input = h('input', {
    type: 'search',
    role: 'combobox',
    autocomplete: 'off',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': listId,
    placeholder: t('pick.placeholder'),
    ...attributes,
  });
  let found = [];
  let at = -1;
  let asked = new AbortController();
  /** Whether a choice was made since something was typed: what is still being looked for is not wanted any more. */
  let taken = false;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const point = (to) => {
    at = found.length ? (to + found.length) % found.length : -1;
    [...list.querySelectorAll('[role=option]')].forEach((option, i) => {
      option.setAttribute('aria-selected', String(i === at));
      if (i === at) {
        input.setAttribute('aria-activedescendant', option.id);
        option.scrollIntoView({ block: 'nearest' });
      }
    });
  };
  const take = (document) => {
    input.value = keep ? (document.metadata.title ?? document.document_id) : '';
    taken = true;
    asked.abort();
    close();
    chosen(document);
  };
  const look = async () => {
    asked.abort();
    asked = new AbortController();
    let answer;
    try {
      answer = await get('/v1/documents', { title: input.value.trim(), limit: SHOWN }, asked.signal);
    } catch (error) {
      if (error.name === 'AbortError') return;
      answer = { documents: [], total: 0 };
    }
    found = answer.documents;
    fill(
      list,
      found.map((document) =>
        h(
          'li',
          { role: 'option', id: freshId('option'), 'aria-selected': 'false', onmousedown: (e) => e.preventDefault(), onclick: () => take(document) },
          h('span', {}, document.metadata.title ?? document.document_id),
          h('small', {}, [place(document.metadata), document.metadata.date].filter(Boolean).join(' · ')),
        ),
      ),
      found.length === 0 && h('li.note', { role: 'presentation' }, t('pick.none')),
      answer.total > found.length && h('li.note', { role: 'presentation' }, t('pick.more', { n: answer.total - found.length })),
    );
    at = -1;
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
  };
  const lookUnlessTaken = settled(120, () => !taken && look());
  input.addEventListener('input', () => {
    taken = false;
    lookUnlessTaken();
  });
  input.addEventListener('focus', () => !keep && look());
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) look();
      else point(at + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter' && !list.hidden && found.length) {
      event.preventDefault();
      take(found[Math.max(at, 0)]);
    }
  });
  return h('div.picker', {}, input, list);
}
