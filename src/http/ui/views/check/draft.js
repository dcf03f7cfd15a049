// The draft and where to look: typed, pasted, dropped or chosen.

import { get } from '../../api.js';
import { fill, freshId, h, settled } from '../../dom.js';
import { ONE_DOCUMENT } from '../../parts/files.js';
import { documentPicker } from '../../parts/pick.js';
import { notice } from '../../parts/states.js';
import { number, t } from '../../words.js';
import { job } from './job.js';

/** Longest text that the service takes, in characters of one byte at the least. */
const LONGEST = 1 << 20;

const TYPED = 'clausewise.draft.typed';

/** What is typed, while it is no draft yet. It outlasts a reload, where there is room. */
let typed = stored();

function stored() {
  try {
    return sessionStorage.getItem(TYPED);
  } catch {
    return null;
  }
}

function store() {
  try {
    if (typed === null) sessionStorage.removeItem(TYPED);
    else sessionStorage.setItem(TYPED, typed);
  } catch {
    // It lasts as long as the page.
  }
}

const storeSoon = settled(200, store);
addEventListener('pagehide', store);

function type(text) {
  typed = text;
  storeSoon();
}

/** Forgets what was typed. */
export function forget() {
  typed = null;
  store();
}

/** Titles of documents by id, as they became known. */
export const titles = new Map();

/** A name with a button that takes it away. */
export const chip = (name, remove) =>
  h(
    'li.chip',
    {},
    h('span', {}, name),
    h('button.plain', { type: 'button', 'aria-label': t('pick.remove', { name }), onclick: remove }, '×'),
  );

/** Chips for documents; one whose title is not known yet shows its id until it is. */
export function documentChips(ids, remove) {
  return ids.map((id) => {
    const made = chip(titles.get(id) ?? id, () => remove(id));
    if (!titles.has(id)) {
      get('/v1/documents', { title: id, limit: 5 })
        .then(({ documents }) => {
          const found = documents.find((document) => document.document_id === id);
          if (!found) return;
          titles.set(id, found.metadata.title ?? id);
          fill(made.firstChild, titles.get(id));
        })
        // Its id names it well enough.
        .catch(() => {});
    }
    return made;
  });
}

/**
 * The form. `state` has `without`, `regions` and `formulas`; `changed(part)` is called when one of them changes,
 * `submit(draft)` with the draft to check, `back()` when there is an outcome to go back to.
 */
export function draftForm(state, { changed, submit, back }) {
  let file = typed === null ? (job.draft?.file ?? null) : null;
  const text = h('textarea', {
    rows: 12,
    maxlength: LONGEST,
    placeholder: t('check.text.placeholder'),
    value: typed ?? job.draft?.text ?? '',
    oninput: () => {
      type(text.value);
      ready();
    },
    onkeydown: (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) element.requestSubmit();
    },
  });
  const textId = freshId('draft');
  text.id = textId;
  const go = h('button', { type: 'submit' }, t('check.go'));
  const chosen = h('div.chosen');
  const input = h('input.hidden', { type: 'file', accept: ONE_DOCUMENT, tabindex: -1, 'aria-label': t('check.file.choose'), onchange: () => take(input.files) });
  const choose = h('button.second', { type: 'button', onclick: () => input.click() }, t('check.file.choose'));
  const example = h(
    'button.plain',
    {
      type: 'button',
      onclick: () => {
        text.value = t('check.example.text');
        type(text.value);
        ready();
        text.focus();
      },
    },
    t('check.example'),
  );
  const label = h('label', { for: textId }, t('check.text'));

  function ready() {
    go.disabled = !file && !text.value.trim();
    example.hidden = Boolean(file || text.value.trim());
    text.hidden = label.hidden = Boolean(file);
    fill(
      chosen,
      file && [
        h('span', {}, t('check.text.file')),
        h('b', {}, file.name),
        h('span.muted', {}, size(file.size)),
        h('button.plain', { type: 'button', onclick: () => drop(null) }, t('check.file.remove')),
      ],
    );
  }
  function drop(next) {
    file = next;
    ready();
    (file ? go : text).focus();
  }
  function take(files) {
    if (files.length > 1) notice(t('check.file.one'));
    else if (files.length) drop(files[0]);
    input.value = '';
  }

  const element = h(
    'form.draft',
    {
      onsubmit: (event) => {
        event.preventDefault();
        if (go.disabled) return;
        forget();
        submit(file ? { file } : { text: text.value });
      },
      ondragover: (event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        element.classList.add('over');
      },
      ondragleave: (event) => !element.contains(event.relatedTarget) && element.classList.remove('over'),
      ondrop: (event) => {
        element.classList.remove('over');
        if (!event.dataTransfer.files.length) return;
        event.preventDefault();
        take(event.dataTransfer.files);
      },
    },
    h('div.sheet', {}, label, text, chosen, h('p.over-note', { 'aria-hidden': 'true' }, t('check.drop'))),
    h('div.row', {}, choose, input, h('span.muted', {}, t('check.file.help')), example),
    where(state, changed),
    h('div.row.submit', {}, go, back && h('button.second', { type: 'button', onclick: back }, t('check.back'))),
  );
  ready();
  return element;
}

const size = (bytes) => (bytes < 1e6 ? `${number(Math.max(1, Math.round(bytes / 1e3)))} KB` : `${number(Math.round(bytes / 1e5) / 10)} MB`);

/** Which documents are looked at. */
function where(state, changed) {
  const without = h('ul.chips');
  const regions = h('ul.chips');
  const put = () => {
    fill(without, documentChips(state.without, (id) => change({ without: state.without.filter((other) => other !== id) })));
    fill(regions, state.regions.map((name) => chip(name, () => change({ regions: state.regions.filter((other) => other !== name) }))));
  };
  const change = (part) => {
    Object.assign(state, part);
    put();
    changed();
  };
  const pick = (document) => {
    titles.set(document.document_id, document.metadata.title ?? document.document_id);
    if (!state.without.includes(document.document_id)) change({ without: [...state.without, document.document_id] });
  };
  const regionId = freshId('regions');
  const region = h(
    'select',
    {
      id: regionId,
      onchange: () => {
        const name = region.value;
        region.value = '';
        if (name && !state.regions.includes(name)) change({ regions: [...state.regions, name] });
      },
    },
    h('option', { value: '' }, t('check.regions.add')),
  );
  get('/v1/facets')
    .then((facets) => region.append(...facets.regions.map(({ value, count }) => h('option', { value }, `${value}（${number(count)}）`))))
    // The list stays empty; whatever is wrong shows when the draft is checked.
    .catch(() => {});
  const formulas = h('input', { type: 'checkbox', checked: state.formulas, onchange: () => change({ formulas: formulas.checked }) });
  put();
  return h(
    'fieldset.where',
    {},
    h('legend', {}, t('check.options')),
    h('div', {}, h('span.name', {}, t('check.without')), documentPicker({ 'aria-label': t('check.without.pick') }, pick), without, h('p.muted', {}, t('check.without.help'))),
    h('div', {}, h('label.name', { for: regionId }, t('check.regions')), region, regions),
    h('div', {}, h('label.tick', {}, formulas, h('span', {}, t('check.formulas'))), h('p.muted', {}, t('check.formulas.help'))),
  );
}
