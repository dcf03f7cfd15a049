// What is compared: a stored document or a text, on either side.

import { get, post } from '../../api.js';
import { fill, h } from '../../dom.js';
import { documentAddress, place } from '../../parts/clause.js';
import { ONE_DOCUMENT } from '../../parts/files.js';
import { documentPicker } from '../../parts/pick.js';
import { failure, loading } from '../../parts/states.js';
import { named, t } from '../../words.js';

/** In an address: a text, which is kept by this window. */
const TEXT = '@';
const STORED = 'clausewise.compare.';
const texts = { left: null, right: null };
/** What stands in the boxes and is not used yet: choosing one side draws both anew. */
const typed = { left: '', right: '' };

/** The text of a side, `{ name, text }`, or `null` when this window has none. */
function textOf(side) {
  if (texts[side]) return texts[side];
  try {
    texts[side] = JSON.parse(sessionStorage.getItem(STORED + side));
  } catch {
    // Storage is switched off, or holds something else.
  }
  return texts[side];
}

function keepText(side, text) {
  texts[side] = text;
  try {
    sessionStorage.setItem(STORED + side, JSON.stringify(text));
  } catch {
    // Too long, or storage is switched off: it lasts as long as the page.
  }
}

export function swapTexts() {
  const [left, right] = [textOf('left'), textOf('right')];
  if (right) keepText('left', right);
  if (left) keepText('right', left);
}

/** What the service is to compare on a side; `null` while that is not chosen. */
export function sourceOf(side, value) {
  if (!value) return null;
  if (value !== TEXT) return { document_id: value };
  const text = textOf(side);
  return text && { text: text.text, name: text.name ?? undefined };
}

/**
 * A side: what was chosen, or ways to choose. `chosen(value)` is called with an id, `TEXT`, or `''` to choose anew;
 * `against(id)` with a version to put on the other side.
 */
export function chooser(side, value, chosen, against, signal) {
  const root = h('section.card.choose', { 'aria-label': t(`compare.${side}`) }, h('h2', {}, t(`compare.${side}`)));
  if (value && sourceOf(side, value)) root.append(h('div.taken', {}, taken(side, value, chosen, against, signal)));
  else root.append(h('div', {}, value === TEXT && h('p.warn', {}, t('compare.text.lost')), choose(side, chosen, signal)));
  return root;
}

function choose(side, chosen, signal) {
  const text = h('textarea', { rows: 4, 'aria-label': t(`compare.text.${side}`), value: typed[side], oninput: () => (typed[side] = text.value) });
  const trouble = h('div', { role: 'status' });
  const use = (name) => {
    if (!text.value.trim()) {
      text.focus();
      return;
    }
    keepText(side, { name, text: text.value });
    typed[side] = '';
    chosen(TEXT);
  };
  const read = async (file) => {
    const form = new FormData();
    form.append('file', file);
    fill(trouble, loading());
    try {
      const found = await post('/v1/texts', form, signal);
      fill(trouble);
      text.value = found.text;
      use(found.name);
    } catch (error) {
      if (error.name !== 'AbortError') fill(trouble, failure(error));
    }
  };
  const file = h('input', { type: 'file', hidden: true, accept: ONE_DOCUMENT, onchange: (event) => event.target.files[0] && read(event.target.files[0]) });
  const zone = h(
    'div.text-zone',
    {},
    h('p.muted', {}, t('compare.or')),
    text,
    h(
      'div.row',
      {},
      h('button.second', { type: 'button', onclick: () => use(null) }, t('compare.text.use')),
      h('button.plain', { type: 'button', onclick: () => file.click() }, t('compare.file')),
      file,
    ),
    trouble,
  );
  // Text that is dropped goes where it is dropped, as in any box.
  const withFiles = (event) => event.dataTransfer.types.includes('Files');
  zone.addEventListener('dragover', (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    zone.classList.add('over');
  });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    zone.classList.remove('over');
    const [dropped] = event.dataTransfer.files;
    if (dropped) read(dropped);
  });
  return [documentPicker({ 'aria-label': t(`compare.pick.${side}`) }, (document) => chosen(document.document_id)), zone];
}

function taken(side, value, chosen, against, signal) {
  const change = () => {
    // A text that was pasted comes back into its box.
    if (value === TEXT && !textOf(side).name) typed[side] = textOf(side).text;
    chosen('');
  };
  const again = h('button.plain', { type: 'button', onclick: change }, t('compare.change'));
  if (value === TEXT) {
    const { name, text } = textOf(side);
    return [h('p.chosen', {}, h('b', {}, name ?? t('compare.text.named', { n: Array.from(text).length }))), again];
  }
  const about = h('div.about-document', {}, h('p.chosen', {}, h('b', {}, value)));
  get(`/v1/documents/${encodeURIComponent(value)}`, {}, signal).then(
    (document) => fill(about, described(document, side, against)),
    (error) => error.name !== 'AbortError' && fill(about, failure(error)),
  );
  return [about, again];
}

function described(document, side, against) {
  const { metadata: m, document_id: id, versions } = document;
  const date = (version) => version.date ?? version.published ?? version.effective;
  const details = [place(m), m.document_number, m.date && `${m.date} ${t('date.issued')}`, m.validity && named('validity', m.validity), t('common.clauses', { n: document.counts.clauses })];
  return [
    h('p.chosen', {}, h('a', { href: documentAddress(id) }, m.title ?? id)),
    h('p.muted.details', {}, details.filter(Boolean).map((detail) => h('span', {}, detail))),
    side === 'left' &&
      versions.length > 0 &&
      h(
        'p.row.versions',
        {},
        h('span.muted', {}, t('compare.versions')),
        versions.map((version) => h('button.second', { type: 'button', onclick: () => against(version.document_id) }, date(version) ?? t('compare.version.none'))),
      ),
  ];
}
